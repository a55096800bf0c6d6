"""The table that the benchmark prints last."""

GIB = 1024**3


def print_table(found):
    """Print what every section found, or why it found nothing."""
    print("\n" + "=" * 100)
    for line in lines(found):
        print(line)
    print("=" * 100, flush=True)


def lines(found):
    machine = found.get("machine", {})
    yield f"LatentSync engine, {machine.get('side')} px, 16 frames a window, random weights"
    for name in ("device", "memory_gib", "driver", "versions", "dtype", "date"):
        yield f"{name:<12} {machine.get(name)}"
    for section, values in found.items():
        if section == "machine":
            continue
        yield f"-- {section}" + (f" ({values['seconds']:.0f} s)" if "seconds" in values else "")
        for name, value in values.items():
            if name != "seconds":
                yield f"   {name:<58} {_text(value)}"


def _text(value):
    if isinstance(value, float):
        return f"{value:10.3f}" if abs(value) < 100 else f"{value:10.1f}"
    if isinstance(value, dict):
        return "  ".join(f"{name} {_text(each).strip()}" for name, each in value.items())
    return str(value)
