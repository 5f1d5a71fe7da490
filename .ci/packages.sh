#!/bin/sh
# Programs of the operating system that some tests run: a real MQTT broker, a real browser, systemd's own checker, a
# simulated microcontroller.
# Where this user may not install them they are named, and the tests that need them say that they were skipped.
set -u

missing=""
need() { command -v "$1" >/dev/null 2>&1 || [ -x "/usr/sbin/$1" ] || missing="$missing $2"; }
need mosquitto mosquitto
need chromium chromium
need chromedriver chromium-driver
need systemd-analyze systemd
# The sketch of docs/hardware.md runs on a simulated controller.
have() { [ -e "$1" ] || missing="$missing $2"; }
need cc gcc
need avr-gcc gcc-avr
have /usr/lib/avr/include/avr/io.h avr-libc
have /usr/share/arduino/hardware/arduino/avr arduino-core-avr
have /usr/include/simavr/sim_avr.h libsimavr-dev

[ -n "$missing" ] || exit 0
if ! command -v apt-get >/dev/null 2>&1 || [ "$(id -u)" -ne 0 ]; then
    echo "== not installed, their tests are skipped:$missing  (sudo apt-get install$missing)"
    exit 0
fi
echo "== installing Debian packages:$missing"
# A broker of the package's own on port 1883 is not wanted on a developer's machine; the tests start theirs.
printf '#!/bin/sh\nexit 101\n' > /usr/sbin/policy-rc.d.ringlight
own=0
if [ ! -e /usr/sbin/policy-rc.d ]; then
    mv /usr/sbin/policy-rc.d.ringlight /usr/sbin/policy-rc.d
    chmod +x /usr/sbin/policy-rc.d
    own=1
else
    rm -f /usr/sbin/policy-rc.d.ringlight
fi
export DEBIAN_FRONTEND=noninteractive
# shellcheck disable=SC2086
{ apt-get update -qq && apt-get install -y -qq --no-install-recommends $missing; } >/dev/null 2>&1 ||
    echo "== apt-get could not install:$missing; their tests are skipped"
[ "$own" -eq 0 ] || rm -f /usr/sbin/policy-rc.d
exit 0
