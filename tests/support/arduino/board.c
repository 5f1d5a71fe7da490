/* An Arduino Uno on simavr, whose serial port is a pseudo-terminal and whose pins are driven by lines on stdin.
 *
 *   board FIRMWARE.elf BOOT_MS
 *
 * As on the real board, opening the port resets the controller, whose boot loader then listens to nobody for BOOT_MS;
 * 0 is a board whose reset was taken off the port.
 * The first line on stdout is the port. Each order is answered by one line:
 *
 *   sync 0|1     drives pin 2 and looks for 1 ms    ->  lamp N us M   (thousandths at the end; when it changed, or -1)
 *   lamp         the timer behind pin 9             ->  lamp N
 *   shunt MV     the voltage at A0 while it shines  ->  ok
 *   reset        a brown-out                        ->  ok
 *   skip MS      as fast as this machine can        ->  ok
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include <simavr/avr_adc.h>
#include <simavr/avr_ioport.h>
#include <simavr/avr_uart.h>
#include <simavr/sim_avr.h>
#include <simavr/sim_elf.h>

enum { MHZ = 16, CYCLES_A_MS = MHZ * 1000, REG_PORTB = 0x25, REG_TCCR1A = 0x80, REG_ICR1 = 0x86, REG_OCR1A = 0x88 };

static FILE *answers; /* simavr's own words go to stderr */
static avr_t *avr;
static int port;
static int ready;                    /* the controller takes another byte */
static int plugged_in;               /* somebody has the port open */
static avr_cycle_count_t booted_at;  /* the boot loader listens to nobody until then */
static avr_cycle_count_t boot_cycles;
static int shunt_mv;

static int word(int address) { return avr->data[address] | avr->data[address + 1] << 8; }

static int lamp(void) {
  int connected = avr->data[REG_TCCR1A] & 0x80;
  if (!connected) return avr->data[REG_PORTB] & 0x02 ? 1000 : 0;
  return (word(REG_OCR1A) + 1) * 1000 / (word(REG_ICR1) + 1);
}

static void sent(struct avr_irq_t *irq, uint32_t value, void *unused) {
  unsigned char byte = value;
  (void)irq, (void)unused;
  if (write(port, &byte, 1) != 1) return; /* nobody has it open: the byte is lost, as on a wire */
}

static void may_send(struct avr_irq_t *irq, uint32_t value, void *unused) {
  (void)irq, (void)value, (void)unused;
  ready = 1;
}

static void may_not(struct avr_irq_t *irq, uint32_t value, void *unused) {
  (void)irq, (void)value, (void)unused;
  ready = 0;
}

static void samples(struct avr_irq_t *irq, uint32_t value, void *unused) {
  (void)irq, (void)value, (void)unused;
  avr_raise_irq(avr_io_getirq(avr, AVR_IOCTL_ADC_GETIRQ, ADC_IRQ_ADC0), lamp() ? shunt_mv : 0);
}

static void restart(void) {
  avr_reset(avr);
  booted_at = avr->cycle + boot_cycles;
}

static void run(avr_cycle_count_t cycles) {
  avr_cycle_count_t end = avr->cycle + cycles;
  while (avr->cycle < end) {
    if (avr->cycle < booted_at) {
      avr->cycle = booted_at < end ? booted_at : end;
    } else if (avr_run(avr) >= cpu_Done) {
      exit(3);
    }
  }
}

static void listen_to_port(void) {
  struct pollfd look = {port, POLLIN, 0};
  unsigned char byte;
  poll(&look, 1, 0);
  int open_now = !(look.revents & POLLHUP);
  if (open_now && !plugged_in && boot_cycles) restart();
  plugged_in = open_now;
  while (look.revents & POLLIN && (ready || avr->cycle < booted_at) && read(port, &byte, 1) == 1) {
    if (avr->cycle >= booted_at)
      avr_raise_irq(avr_io_getirq(avr, AVR_IOCTL_UART_GETIRQ('0'), UART_IRQ_INPUT), byte);
    look.revents = 0;
    poll(&look, 1, 0);
  }
}

static void sync_to(int level) {
  int before = lamp();
  avr_cycle_count_t start = avr->cycle, changed = 0;
  avr_raise_irq(avr_io_getirq(avr, AVR_IOCTL_IOPORT_GETIRQ('D'), 2), level);
  while (avr->cycle < start + CYCLES_A_MS) {
    run(1);
    if (!changed && lamp() != before) changed = avr->cycle;
  }
  fprintf(answers, "lamp %d us %d\n", lamp(), changed ? (int)((changed - start) / MHZ) : -1);
}

static void obey(const char *order) {
  int number = 0;
  if (sscanf(order, "sync %d", &number) == 1) return sync_to(number);
  if (!strncmp(order, "lamp", 4)) {
    fprintf(answers, "lamp %d\n", lamp());
    return;
  }
  if (sscanf(order, "shunt %d", &number) == 1) shunt_mv = number;
  if (!strncmp(order, "reset", 5)) restart();
  if (sscanf(order, "skip %d", &number) == 1)
    while (number--) run(CYCLES_A_MS), listen_to_port();
  fputs("ok\n", answers);
}

static double now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1e3 + now.tv_nsec / 1e6;
}

static void open_port(void) {
  port = posix_openpt(O_RDWR | O_NOCTTY);
  if (port < 0 || grantpt(port) || unlockpt(port)) exit(4);
  /* Opened and closed once, the master tells from then on whether somebody has the port open. */
  close(open(ptsname(port), O_RDWR | O_NOCTTY));
  fprintf(answers, "%s\n", ptsname(port));
}

static void power_up(const char *file) {
  elf_firmware_t firmware = {0};
  uint32_t flags = 0;
  if (elf_read_firmware(file, &firmware)) exit(5);
  avr = avr_make_mcu_by_name("atmega328p");
  if (!avr) exit(6);
  avr_init(avr);
  avr->log = LOG_ERROR;
  avr->frequency = MHZ * 1000000;
  avr->vcc = avr->avcc = avr->aref = 5000;
  avr_load_firmware(avr, &firmware);
  avr_ioctl(avr, AVR_IOCTL_UART_SET_FLAGS('0'), &flags); /* nothing on this program's own stdout */
  avr_irq_register_notify(avr_io_getirq(avr, AVR_IOCTL_UART_GETIRQ('0'), UART_IRQ_OUTPUT), sent, NULL);
  avr_irq_register_notify(avr_io_getirq(avr, AVR_IOCTL_UART_GETIRQ('0'), UART_IRQ_OUT_XON), may_send, NULL);
  avr_irq_register_notify(avr_io_getirq(avr, AVR_IOCTL_UART_GETIRQ('0'), UART_IRQ_OUT_XOFF), may_not, NULL);
  avr_irq_register_notify(avr_io_getirq(avr, AVR_IOCTL_ADC_GETIRQ, ADC_IRQ_OUT_TRIGGER), samples, NULL);
}

int main(int count, char **words) {
  char order[64];
  if (count != 3) return 2;
  boot_cycles = (avr_cycle_count_t)atoi(words[2]) * CYCLES_A_MS;
  answers = fdopen(dup(STDOUT_FILENO), "w");
  setvbuf(answers, NULL, _IOLBF, 0);
  dup2(STDERR_FILENO, STDOUT_FILENO);
  power_up(words[1]);
  run(10 * CYCLES_A_MS);
  open_port();
  for (double due = now_ms();; due += 1) {
    listen_to_port();
    run(CYCLES_A_MS);
    /* In real time, or behind it on a busy machine; never faster, or the time-outs would not be the product's. */
    double wait = due - now_ms();
    if (wait < -100) due = now_ms();
    struct pollfd orders = {0, POLLIN, 0};
    if (poll(&orders, 1, wait > 0 ? (int)wait + 1 : 0) > 0) {
      if (!fgets(order, sizeof order, stdin)) return 0;
      obey(order);
    }
  }
}
