"""The table of what was measured, as Markdown has it."""

HEAD = ["| what | against | measured | at least | reached | detail |", "| --- | --- | --- | --- | --- | --- |"]


def line(row):
    return "| " + " | ".join(row) + " |"


def shown(note, rows):
    return "\n".join([note, "", *HEAD, *map(line, rows)])


def write(path, note, rows, whole):
    """Puts the rows into the table: all anew, or in the place of those of the same names."""
    before, _, table = path.read_text().partition("<!-- table -->")
    known = [] if whole else [old for old in table.splitlines() if old.startswith("|")][len(HEAD):]
    name = lambda text: tuple(text.split(" | ")[:2])
    new = {name(line(row)): line(row) for row in rows}
    known = [new.pop(name(old), old) for old in known] + list(new.values())
    note = note if whole else next(old for old in table.splitlines() if old.startswith("Machine:"))
    path.write_text(before + "<!-- table -->\n\n" + "\n".join([note, "", *HEAD, *known]) + "\n")
