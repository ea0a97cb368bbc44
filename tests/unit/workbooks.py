"""Workbooks for tests, written as Excel and LibreOffice would write them: nothing but a zip of XML."""

import datetime
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeAlias
from xml.sax.saxutils import escape, quoteattr

Cell: TypeAlias = str | float | int | bool | datetime.date | datetime.datetime | None
Sheets: TypeAlias = Mapping[str, Sequence[Sequence[Cell]]]

EPOCH = datetime.datetime(1899, 12, 30)
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
OFFICE = "urn:oasis:names:tc:opendocument:xmlns"
ODS = "application/vnd.oasis.opendocument.spreadsheet"


def write_xlsx(path: Path, sheets: Sheets) -> None:
    """A workbook of Excel. Dates are numbers whose format is that of a date, as Excel has them."""
    kinds = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    parts = "".join(
        f'<Override PartName="/xl/worksheets/sheet{k}.xml" ContentType="{kinds}.worksheet+xml"/>'
        for k in range(len(sheets))
    )
    names = "".join(
        f'<sheet name={quoteattr(name)} sheetId="{k + 1}" r:id="r{k}"/>'
        for k, name in enumerate(sheets)
    )
    targets = "".join(
        f'<Relationship Id="r{k}" Type="{RELATIONS}/worksheet" Target="worksheets/sheet{k}.xml"/>'
        for k in range(len(sheets))
    )
    files = {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels" '
        f'ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override '
        f'PartName="/xl/workbook.xml" ContentType="{kinds}.sheet.main+xml"/><Override '
        f'PartName="/xl/styles.xml" ContentType="{kinds}.styles+xml"/>{parts}</Types>',
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r" '
        f'Type="{RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}"><sheets>{names}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships">{targets}<Relationship '
        f'Id="styles" Type="{RELATIONS}/styles" Target="styles.xml"/></Relationships>',
        # Format 14 is a day, 22 a day with a time.
        "xl/styles.xml": f'<styleSheet xmlns="{MAIN}"><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/>'
        f'<xf numFmtId="22"/></cellXfs></styleSheet>',
    }
    for k, rows in enumerate(sheets.values()):
        lines = "".join(
            f'<row r="{r}">{"".join(_xlsx_cell(f"{_letters(c)}{r}", cell) for c, cell in enumerate(row))}</row>'
            for r, row in enumerate(rows, start=1)
        )
        files[f"xl/worksheets/sheet{k}.xml"] = (
            f'<worksheet xmlns="{MAIN}"><sheetData>{lines}</sheetData></worksheet>'
        )
    _zip(path, files)


def _letters(column: int) -> str:
    """A column as a spreadsheet names it."""
    return (_letters(column // 26 - 1) if column >= 26 else "") + chr(65 + column % 26)


def _xlsx_cell(place: str, cell: Cell) -> str:
    if cell is None or cell == "":
        return ""
    if isinstance(cell, str):
        return (
            f'<c r="{place}" t="inlineStr"><is><t xml:space="preserve">{escape(cell)}</t></is></c>'
        )
    if isinstance(cell, bool):
        return f'<c r="{place}" t="b"><v>{int(cell)}</v></c>'
    if isinstance(cell, datetime.date):
        moment = (
            cell
            if isinstance(cell, datetime.datetime)
            else datetime.datetime.combine(cell, datetime.time())
        )
        style = 2 if isinstance(cell, datetime.datetime) else 1
        return (
            f'<c r="{place}" s="{style}"><v>{(moment - EPOCH) / datetime.timedelta(days=1)}</v></c>'
        )
    return f'<c r="{place}"><v>{cell!r}</v></c>'


def write_ods(path: Path, sheets: Sheets) -> None:
    """A workbook of LibreOffice."""
    tables = "".join(
        f"<table:table table:name={quoteattr(name)}>"
        + "".join(
            f"<table:table-row>{''.join(map(_ods_cell, row)) or '<table:table-cell/>'}</table:table-row>"
            for row in rows
        )
        + "</table:table>"
        for name, rows in sheets.items()
    )
    content = (
        f'<office:document-content xmlns:office="{OFFICE}:office:1.0" xmlns:table="{OFFICE}:table:1.0" '
        f'xmlns:text="{OFFICE}:text:1.0"><office:body><office:spreadsheet>{tables}</office:spreadsheet>'
        "</office:body></office:document-content>"
    )
    _zip(
        path,
        {
            "mimetype": ODS,
            "META-INF/manifest.xml": f'<manifest:manifest xmlns:manifest="{OFFICE}:manifest:1.0">'
            f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{ODS}"/></manifest:manifest>',
            "content.xml": content,
        },
    )


def _ods_cell(cell: Cell) -> str:
    if cell is None or cell == "":
        return "<table:table-cell/>"
    if isinstance(cell, str):
        kind, shown = 'office:value-type="string"', escape(cell)
    elif isinstance(cell, bool):
        kind, shown = (
            f'office:value-type="boolean" office:boolean-value="{str(cell).lower()}"',
            str(cell),
        )
    elif isinstance(cell, datetime.date):
        kind, shown = (
            f'office:value-type="date" office:date-value="{cell.isoformat()}"',
            cell.isoformat(),
        )
    else:
        kind, shown = f'office:value-type="float" office:value="{cell!r}"', repr(cell)
    return f"<table:table-cell {kind}><text:p>{shown}</text:p></table:table-cell>"


def _zip(path: Path, files: Mapping[str, str]) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            head = '<?xml version="1.0" encoding="UTF-8"?>' if name != "mimetype" else ""
            archive.writestr(name, head + text)
