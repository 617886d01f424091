package table

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
)

var ctx = context.Background()

func all(t testing.TB, rows Rows) [][]any {
	t.Helper()
	var out [][]any
	for {
		row, err := rows.Next(ctx)
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		var values []any
		for _, c := range row {
			values = append(values, c.Value)
		}
		out = append(out, values)
	}
}

func delimited(t testing.TB, text string) (Rows, *DelimitedInfo) {
	t.Helper()
	rows, info, err := Delimited(ctx, strings.NewReader(text), Dialect{})
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	return rows, info
}

func TestDialectsAreDetected(t *testing.T) {
	for _, c := range []struct {
		text, delimiter, quote, encoding string
		header                           bool
		columns                          []string
		first                            []any
	}{
		{"a,b\n1,x\n", ",", `"`, "utf-8", true, []string{"a", "b"}, []any{int64(1), "x"}},
		{"a;b\n1,5;x\n2,5;y\n", ";", `"`, "utf-8", true, []string{"a", "b"}, []any{"1,5", "x"}},
		{"a\tb\n1\tx,y,z\n", "\t", `"`, "utf-8", true, []string{"a", "b"}, []any{int64(1), "x,y,z"}},
		{"a|b\n\"1|2\"|x\n", "|", `"`, "utf-8", true, []string{"a", "b"}, []any{"1|2", "x"}},
		{"name,note\n'Ann','it''s, \"so\"'\n", ",", `'`, "utf-8", true, []string{"name", "note"}, []any{"Ann", `it's, "so"`}},
		{"\xef\xbb\xbfa,b\n1,2\n", ",", `"`, "utf-8", true, []string{"a", "b"}, []any{int64(1), int64(2)}},
		{"\xff\xfea\x00,\x00b\x00\n\x001\x00,\x00\xe9\x00\n\x00", ",", `"`, "utf-16le", true, []string{"a", "b"}, []any{int64(1), "é"}},
		{"1,2\n3,4\n", ",", `"`, "utf-8", false, []string{"column_1", "column_2"}, []any{int64(1), int64(2)}},
		{"only\nx\n", ",", `"`, "utf-8", true, []string{"only"}, []any{"x"}},
		{"a,a,,a\n1,2,3,4\n", ",", `"`, "utf-8", false, []string{"column_1", "column_2", "column_3", "column_4"}, []any{"a", "a", nil, "a"}},
		{"a,b\n\"x\ny\",2\n", ",", `"`, "utf-8", true, []string{"a", "b"}, []any{"x\ny", int64(2)}},
		{"t,v\n10:20:30,1\n11:00:00,2\n", ",", `"`, "utf-8", true, []string{"t", "v"}, []any{"10:20:30", int64(1)}},
	} {
		rows, info := delimited(t, c.text)
		got := all(t, rows)
		if info.Delimiter != c.delimiter || info.Quote != c.quote || info.Encoding != c.encoding || info.Header != c.header ||
			!reflect.DeepEqual(Names(rows.Columns()), c.columns) || !reflect.DeepEqual(got[0], c.first) {
			t.Errorf("%q: %+v %v %#v", c.text, info, Names(rows.Columns()), got[0])
		}
	}
}

func TestEightBitEncodingsAreDecoded(t *testing.T) {
	text := "name,city\n" + strings.Repeat("Andr\xe9,K\xf6ln\nJ\xfcrgen,Z\xfcrich\n", 20)
	rows, info := delimited(t, text)
	if got := all(t, rows)[0]; !reflect.DeepEqual(got, []any{"André", "Köln"}) {
		t.Errorf("%+v: %v", info, got)
	}
	rows, _, err := Delimited(ctx, strings.NewReader("a\n\x80\n"), Dialect{Encoding: "windows-1252"})
	if err != nil || all(t, rows)[0][0] != "€" {
		t.Errorf("windows-1252: %v", err)
	}
	if _, _, err := Delimited(ctx, strings.NewReader("a\n"), Dialect{Encoding: "klingon"}); err == nil || !strings.Contains(err.Error(), `encoding "klingon" is not known`) {
		t.Errorf("an unknown encoding: %v", err)
	}
}

func TestInfer(t *testing.T) {
	for text, want := range map[string]any{
		"1": int64(1), "-7": int64(-7), " 42 ": int64(42), "1.50": 1.5, "1e3": 1000.0, ".5": .5, "true": true, "FALSE": false,
		"": nil, "NA": nil, "null": nil, "007": "007", "+4712": "+4712", "0.1": .1, "0": int64(0), "0x10": "0x10", "1_000": "1_000",
		"12345678901234567890": "12345678901234567890", "inf": "inf", "-": "-", "1.2.3": "1.2.3",
		"2024-02-29": "2024-02-29", "2023-02-29": "2023-02-29",
	} {
		if got := Infer(text); got.Value != want {
			t.Errorf("Infer(%q) = %#v; want %#v", text, got.Value, want)
		}
	}
	for text, want := range map[string]Kind{"2024-02-29": Date, "2023-02-29": Text, "2024-01-02T03:04:05Z": DateTime, "2024-01-02 03:04": DateTime, "2024/1/2": Date} {
		if got := Infer(text).Kind; got != want {
			t.Errorf("the kind of %q is %v; want %v", text, got, want)
		}
	}
}

func TestColumnsHaveOneType(t *testing.T) {
	rows, _ := delimited(t, "i,n,s,d,e\n1,1,1,2024-01-01,\n2,2.5,x,2024-01-01 10:00:00,\n")
	var got []string
	for _, c := range rows.Columns() {
		got = append(got, c.Kind.String())
	}
	if strings.Join(got, " ") != "integer number string datetime empty" {
		t.Errorf("the kinds are %v", got)
	}
	if first := all(t, rows)[0]; !reflect.DeepEqual(first, []any{int64(1), 1.0, "1", "2024-01-01", nil}) {
		t.Errorf("the first row is %#v", first)
	}
}

func TestQuoteThatNeverClosesIsBounded(t *testing.T) {
	text := "a,b\n1,\"" + strings.Repeat("x", MaxRow+1<<20) + "\n"
	rows, _, err := Delimited(ctx, strings.NewReader(text), Dialect{})
	if err == nil {
		_, err = rows.Next(ctx)
	}
	if err == nil || !strings.Contains(err.Error(), "a quote is probably never closed") {
		t.Errorf("got %v", err)
	}
}

// table is one of every kind.
const sample = `[{"b":true,"i":1,"n":1.5,"d":"2024-02-29","t":"2024-02-29T10:20:30Z","s":"x|y, \"z\"\nü","o":[1,{"k":null}]},
{"b":false,"i":-9007199254740993,"n":-2,"d":"1999-12-31","t":"1969-01-01T00:00:00Z","s":"","o":[]},{"b":null,"i":3}]`

func write(t testing.TB, format, source string) []byte {
	t.Helper()
	rows, err := JSON(ctx, strings.NewReader(source))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	w, err := NewWriter(format, &b, rows.Columns(), 0)
	if err != nil {
		t.Fatal(err)
	}
	for {
		row, err := rows.Next(ctx)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Write(row); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestFormatsComeBack(t *testing.T) {
	object := []any{1.0, map[string]any{"k": nil}}
	source := strings.Replace(sample, "-9007199254740993", "-90071992", 1)
	want := [][]any{
		{true, int64(1), 1.5, "2024-02-29", "2024-02-29T10:20:30Z", "x|y, \"z\"\nü", object},
		{false, int64(-90071992), -2.0, "1999-12-31", "1969-01-01T00:00:00Z", "", []any{}},
		{nil, int64(3), nil, nil, nil, nil, nil},
	}
	check := func(format string, rows Rows, err error, want [][]any) {
		t.Helper()
		if err != nil {
			t.Errorf("%s: %v", format, err)
			return
		}
		if names := strings.Join(Names(rows.Columns()), ""); names != "bindtso" {
			t.Errorf("%s: the columns are %s", format, names)
		}
		if got := all(t, rows); !reflect.DeepEqual(got, want) {
			t.Errorf("%s:\n got %#v\nwant %#v", format, got, want)
		}
	}
	for _, format := range []string{JSONArray, JSONLines} {
		rows, err := JSON(ctx, bytes.NewReader(write(t, format, source)))
		check(format, rows, err, want)
	}
	data := write(t, Parquet, source)
	rows, end, err := OpenParquet(ctx, bytes.NewReader(data), int64(len(data)))
	check(Parquet, rows, err, want)
	end.Close()

	// Text formats and Excel know no objects, and no empty text.
	want[0][6], want[1][6], want[1][5] = `[1,{"k":null}]`, "[]", nil
	rows, _, err = Delimited(ctx, bytes.NewReader(write(t, CSV, source)), Dialect{})
	check(CSV, rows, err, want)
	rows, _, err = Delimited(ctx, bytes.NewReader(write(t, TSV, source)), Dialect{})
	check(TSV, rows, err, want)
	want[0][4], want[1][4] = "2024-02-29 10:20:30", "1969-01-01"
	data = write(t, XLSX, source)
	book, err := OpenWorkbook(ctx, bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	rows, end, err = book.Rows(ctx, "sheet1", true)
	check(XLSX, rows, err, want)
	end.Close()
}

func TestLongIntegersSurvive(t *testing.T) {
	out := string(write(t, CSV, `[{"i":9007199254740993}]`))
	if out != "i\n9007199254740992\n" { // JSON's numbers are float64 here
		t.Errorf("got %q", out)
	}
	rows, _ := delimited(t, "i\n9007199254740993\n")
	row, _ := rows.Next(ctx)
	var b bytes.Buffer
	w, _ := NewWriter(JSONLines, &b, rows.Columns(), 0)
	w.Write(row)
	w.Close()
	if b.String() != "{\"i\":9007199254740993}\n" {
		t.Errorf("got %q", b.String())
	}
}

func TestMarkdown(t *testing.T) {
	if got := string(write(t, Markdown, `[{"n":1,"s":"a|b\nc"}]`)); got != "| n | s |\n| ---: | --- |\n| 1 | a\\|b<br>c |\n" {
		t.Errorf("got %q", got)
	}
}

// excelize is an independent reader and writer of the format.
func TestExcelAgreesWithExcelize(t *testing.T) {
	f, err := excelize.OpenReader(bytes.NewReader(write(t, XLSX, strings.Replace(sample, "-9007199254740993", "-90071", 1))))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	got, err := f.GetRows("Sheet1")
	want := [][]string{{"b", "i", "n", "d", "t", "s", "o"}, {"TRUE", "1", "1.5", "02-29-24", "2024-02-29 10:20:30", "x|y, \"z\"\nü", `[1,{"k":null}]`},
		{"FALSE", "-90071", "-2", "12-31-99", "1969-01-01 00:00:00", "", "[]"}, {"", "3"}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("excelize reads %q, %v", got, err)
	}

	f = excelize.NewFile()
	defer f.Close()
	style, _ := f.NewStyle(&excelize.Style{NumFmt: 14})
	for cell, v := range map[string]any{"A1": "name", "B1": "when", "D1": "n", "A2": "Zoë & <co>", "B2": 45351.0, "D2": 2.5, "A5": true, "D5": "text"} {
		if err := f.SetCellValue("Sheet1", cell, v); err != nil {
			t.Fatal(err)
		}
	}
	f.SetCellStyle("Sheet1", "B2", "B2", style)
	f.NewSheet("Empty")
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	book, err := OpenWorkbook(ctx, bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil || !reflect.DeepEqual(book.Sheets, []string{"Sheet1", "Empty"}) {
		t.Fatalf("%+v, %v", book, err)
	}
	rows, end, err := book.Rows(ctx, "", true)
	if err != nil {
		t.Fatal(err)
	}
	defer end.Close()
	if got := all(t, rows); !reflect.DeepEqual(got, [][]any{{"Zoë & <co>", "2024-02-29", nil, "2.5"}, {"true", nil, nil, "text"}}) {
		t.Errorf("we read %#v", got)
	}
	if _, _, err := book.Rows(ctx, "Empty", true); err == nil || !strings.Contains(err.Error(), "is empty") {
		t.Errorf("an empty sheet: %v", err)
	}
	if _, _, err := book.Rows(ctx, "None", true); err == nil || !strings.Contains(err.Error(), `no sheet "None"`) {
		t.Errorf("a missing sheet: %v", err)
	}
}

func TestWorkbookThatUnpacksToMuchIsRefused(t *testing.T) {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	put := func(name string, content io.Reader) {
		w, err := z.Create(name)
		if err == nil {
			_, err = io.Copy(w, content)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	put("xl/workbook.xml", io.LimitReader(spaces{}, maxPart+1))
	z.Close()
	_, err := OpenWorkbook(ctx, bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err == nil || !strings.Contains(err.Error(), "too large when unpacked") {
		t.Errorf("got %v (%d bytes)", err, b.Len())
	}
}

type spaces struct{}

func (spaces) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

func TestCancelled(t *testing.T) {
	done, cancel := context.WithCancel(ctx)
	cancel()
	rows, _ := delimited(t, "a\n1\n")
	if _, err := rows.Next(done); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	text := "a\n" + strings.Repeat("1\n", 1000)
	if _, _, err := Delimited(done, strings.NewReader(text), Dialect{}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func FuzzDelimited(f *testing.F) {
	f.Add([]byte("a,b\n1,2\n"))
	f.Add([]byte("'a';'b'\n'1';'2'\n"))
	f.Add([]byte("\xff\xfea\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		rows, info, err := Delimited(ctx, bytes.NewReader(data), Dialect{})
		if err != nil {
			return
		}
		if info.Delimiter == "" || len(rows.Columns()) == 0 {
			t.Fatalf("%+v", info)
		}
		for range 1000 {
			if _, err := rows.Next(ctx); err != nil {
				return
			}
		}
	})
}

func FuzzWorkbook(f *testing.F) {
	f.Add([]byte(`<worksheet><sheetData><row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" s="1"><v>45000.5</v></c></row></sheetData></worksheet>`),
		[]byte(`<sst><si><t>x</t></si></sst>`), []byte(`<styleSheet><cellXfs><xf numFmtId="14"/></cellXfs></styleSheet>`))
	f.Fuzz(func(t *testing.T, sheet, strings, styles []byte) {
		var b bytes.Buffer
		z := zip.NewWriter(&b)
		for _, p := range append(workbookParts()[2:4], [2]string{"xl/worksheets/sheet1.xml", string(sheet)}, [2]string{"xl/sharedStrings.xml", string(strings)},
			[2]string{"xl/styles.xml", string(styles)}) {
			w, _ := z.CreateHeader(&zip.FileHeader{Name: p[0], Method: zip.Store})
			io.WriteString(w, p[1])
		}
		z.Close()
		book, err := OpenWorkbook(ctx, bytes.NewReader(b.Bytes()), int64(b.Len()))
		if err != nil {
			return
		}
		rows, end, err := book.Rows(ctx, "", true)
		if err != nil {
			return
		}
		defer end.Close()
		for range 1000 {
			if _, err := rows.Next(ctx); err != nil {
				return
			}
		}
	})
}

func FuzzParquet(f *testing.F) {
	f.Add(write(f, Parquet, sample))
	f.Add(write(f, Parquet, `[{"a":1,"b":"x"},{"a":2,"b":"x"}]`))
	f.Fuzz(func(t *testing.T, data []byte) {
		rows, end, err := OpenParquet(ctx, bytes.NewReader(data), int64(len(data)))
		if err != nil {
			return
		}
		defer end.Close()
		for range 1000 {
			if _, err := rows.Next(ctx); err != nil {
				return
			}
		}
	})
}
