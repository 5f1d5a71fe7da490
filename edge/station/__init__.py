"""What every box has, whatever it inspects: outputs, model, slots, light, imaging watch, telemetry, page, reports."""
