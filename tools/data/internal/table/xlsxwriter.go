package table

import (
	"archive/zip"
	"bufio"
	"encoding/xml"
	"fmt"
	"io"
	"strconv"
	"time"
)

const (
	maxSheetRows = 1 << 20 // what Excel opens
	maxCellText  = 32_767  // characters, likewise
)

// xlsxWriter writes a workbook of one sheet. The parts that do not depend on
// the rows are few and fixed.
type xlsxWriter struct {
	zip     *zip.Writer
	sheet   *bufio.Writer
	columns int
	rows    int
}

const xmlHead = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"

// The cell styles of the sheets: 0 plain, 1 date, 2 date and time, 3 bold.
func workbookParts() [][2]string {
	const (
		main     = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
		office   = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
		packages = "http://schemas.openxmlformats.org/package/2006/"
		types    = "application/vnd.openxmlformats-officedocument.spreadsheetml."
	)
	return [][2]string{
		{"[Content_Types].xml", `<Types xmlns="` + packages + `content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
			`<Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="` + types + `sheet.main+xml"/>` +
			`<Override PartName="/xl/worksheets/sheet1.xml" ContentType="` + types + `worksheet+xml"/><Override PartName="/xl/styles.xml" ContentType="` + types + `styles+xml"/></Types>`},
		{"_rels/.rels", `<Relationships xmlns="` + packages + `relationships"><Relationship Id="rId1" Type="` + office + `/officeDocument" Target="xl/workbook.xml"/></Relationships>`},
		{"xl/workbook.xml", `<workbook xmlns="` + main + `" xmlns:r="` + office + `"><sheets><sheet name="Sheet1" sheetId="1" r:id="rId1"/></sheets></workbook>`},
		{"xl/_rels/workbook.xml.rels", `<Relationships xmlns="` + packages + `relationships"><Relationship Id="rId1" Type="` + office + `/worksheet" Target="worksheets/sheet1.xml"/>` +
			`<Relationship Id="rId2" Type="` + office + `/styles" Target="styles.xml"/></Relationships>`},
		{"xl/styles.xml", `<styleSheet xmlns="` + main + `"><numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy\-mm\-dd\ hh:mm:ss"/></numFmts>` +
			`<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts>` +
			`<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border/></borders>` +
			`<cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="4"><xf/><xf numFmtId="14" applyNumberFormat="1"/><xf numFmtId="164" applyNumberFormat="1"/>` +
			`<xf fontId="1" applyFont="1"/></cellXfs></styleSheet>`},
	}
}

func newXLSXWriter(w io.Writer, columns []Column) (Writer, error) {
	x := &xlsxWriter{zip: zip.NewWriter(w), columns: len(columns)}
	for _, p := range workbookParts() {
		part, err := x.zip.Create(p[0])
		if err == nil {
			_, err = io.WriteString(part, xmlHead+p[1])
		}
		if err != nil {
			return nil, err
		}
	}
	part, err := x.zip.Create("xl/worksheets/sheet1.xml")
	if err != nil {
		return nil, err
	}
	x.sheet = bufio.NewWriterSize(part, 64<<10)
	x.sheet.WriteString(xmlHead + `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">` +
		`<sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><sheetData>`)
	header := make([]Cell, len(columns))
	for i, c := range columns {
		header[i] = Cell{Value: c.Name, Kind: Text}
	}
	return x, x.row(header, 3)
}

func (x *xlsxWriter) Write(row []Cell) error { return x.row(row, 0) }

func (x *xlsxWriter) row(row []Cell, style int) error {
	if x.rows++; x.rows > maxSheetRows {
		return fmt.Errorf("a sheet holds %d rows at most; write csv or parquet", maxSheetRows)
	}
	fmt.Fprintf(x.sheet, `<row r="%d">`, x.rows)
	for i, c := range row[:min(len(row), x.columns)] {
		if err := x.cell(i, c, style); err != nil {
			return err
		}
	}
	_, err := x.sheet.WriteString("</row>")
	return err
}

func (x *xlsxWriter) cell(i int, c Cell, style int) error {
	ref := columnName(i) + strconv.Itoa(x.rows)
	text := ""
	switch c.Kind {
	case Empty:
		return nil
	case Boolean:
		n := 0
		if c.Value == true {
			n = 1
		}
		fmt.Fprintf(x.sheet, `<c r="%s" t="b"><v>%d</v></c>`, ref, n)
		return nil
	case Integer, Number:
		// Excel's numbers are float64: a longer integer is kept as text.
		if n, ok := c.Value.(int64); !ok || n > -1<<53 && n < 1<<53 {
			fmt.Fprintf(x.sheet, `<c r="%s"><v>%s</v></c>`, ref, Cell{Value: c.Value}.String())
			return nil
		}
		text = Cell{Value: c.Value}.String()
	case Date, DateTime:
		text, _ = c.Value.(string)
		if t, err := ParseTime(text); err == nil && t.Year() >= 1900 && style == 0 {
			_, offset := t.Zone()
			serial := float64(t.Unix()+int64(offset)-time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC).Unix()) / 86400
			fmt.Fprintf(x.sheet, `<c r="%s" s="%d"><v>%s</v></c>`, ref, c.Kind-Date+1, strconv.FormatFloat(serial, 'f', -1, 64))
			return nil
		}
	default:
		text = Cell{Value: c.Value}.String()
	}
	if len(text) > maxCellText {
		if r := []rune(text); len(r) > maxCellText {
			return fmt.Errorf("the cell %s holds %d characters; Excel allows %d", ref, len(r), maxCellText)
		}
	}
	fmt.Fprintf(x.sheet, `<c r="%s" s="%d" t="inlineStr"><is><t xml:space="preserve">`, ref, style)
	if err := xml.EscapeText(x.sheet, []byte(text)); err != nil {
		return err
	}
	_, err := x.sheet.WriteString("</t></is></c>")
	return err
}

func (x *xlsxWriter) Close() error {
	x.sheet.WriteString("</sheetData></worksheet>")
	if err := x.sheet.Flush(); err != nil {
		return err
	}
	return x.zip.Close()
}
