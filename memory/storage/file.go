package storage

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"
)

// A file has an object on each line: head, then of each tenant a line that begins it, its records, and
// a line that ends it with their summary; then the end.

// format names the file's form and its version.
const format = "llmspell memory 1"

type headLine struct {
	Format string    `json:"format"`
	From   string    `json:"from"`
	Time   time.Time `json:"time"`
}

// line is any line but the first.
type line struct {
	Tenant *string  `json:"tenant,omitempty"` // begins one
	End    *Summary `json:"end,omitempty"`    // ends it
	Done   *int     `json:"done,omitempty"`   // ends the file: how many tenants it has
	Record
}

// Export writes tenants of a source to a file, and tells what each has.
func Export(ctx context.Context, from Source, tenants []string, w io.Writer) (out []Moved, err error) {
	b := bufio.NewWriter(w)
	enc := json.NewEncoder(b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(headLine{format, from.Where(), time.Now().UTC().Truncate(time.Second)}); err != nil {
		return nil, err
	}
	for _, tenant := range tenants {
		if err := enc.Encode(line{Tenant: &tenant}); err != nil {
			return out, err
		}
		sum := newSummer()
		if err := from.Dump(ctx, tenant, func(r *Record) error {
			data, err := sum.add(r)
			if err == nil {
				_, err = b.Write(data)
			}
			return err
		}); err != nil {
			return out, err
		}
		s := sum.summary()
		if err := enc.Encode(line{End: s}); err != nil {
			return out, err
		}
		out = append(out, Moved{Tenant: tenant, Summary: *s})
	}
	n := len(tenants)
	return out, errors.Join(enc.Encode(line{Done: &n}), b.Flush())
}

// File is a file that Export has written, as a source.
type File struct {
	f       *os.File
	names   []string
	offsets map[string]int64
}

// OpenFile opens a file, and reads all of it: it must be whole, and as its checksums say.
func OpenFile(ctx context.Context, path string) (*File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	out := &File{f: f, offsets: map[string]int64{}}
	if err := out.check(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", path, err), f.Close())
	}
	return out, nil
}

// Where is the file's name.
func (f *File) Where() string { return f.f.Name() }

// Close closes the file.
func (f *File) Close() error { return f.f.Close() }

// Tenants lists those that the file has.
func (f *File) Tenants(context.Context) ([]string, error) { return slices.Clone(f.names), nil }

// Dump reads the records of a tenant.
func (f *File) Dump(ctx context.Context, tenant string, each func(*Record) error) error {
	at, ok := f.offsets[tenant]
	if !ok {
		return nil
	}
	l := &lines{ctx: ctx, r: bufio.NewReader(io.NewSectionReader(f.f, at, 1<<62))}
	for {
		got, err := l.next()
		if err != nil {
			return fmt.Errorf("%s has changed: %w", f.Where(), err)
		}
		if got.End != nil {
			return nil
		}
		if err := each(&got.Record); err != nil {
			return err
		}
	}
}

// lines reads a file's lines.
type lines struct {
	ctx context.Context
	r   *bufio.Reader
	n   int   // the number of the last
	at  int64 // where the next begins
}

func (l *lines) read(into any) error {
	if err := l.ctx.Err(); err != nil {
		return err
	}
	data, err := l.r.ReadBytes('\n')
	l.n++
	switch {
	case errors.Is(err, io.EOF):
		return fmt.Errorf("it ends in line %d, before its end: it was cut off", l.n)
	case err != nil:
		return err
	}
	l.at += int64(len(data))
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("line %d is none of an export: %w", l.n, err)
	}
	return nil
}

func (l *lines) next() (*line, error) {
	var out line
	err := l.read(&out)
	return &out, err
}

// check reads the whole file.
func (f *File) check(ctx context.Context) error {
	l := &lines{ctx: ctx, r: bufio.NewReaderSize(f.f, 1<<20)}
	var head headLine
	if err := l.read(&head); err != nil {
		return fmt.Errorf("it is no export of llmspell storage: %w", err)
	}
	if head.Format != format {
		return fmt.Errorf("its form is %q, this program knows %q", head.Format, format)
	}
	var sum *summer // nil between tenants
	for {
		got, err := l.next()
		if err != nil {
			return err
		}
		kind := got.kind()
		switch {
		case sum == nil && got.Done != nil:
			if *got.Done != len(f.names) {
				return fmt.Errorf("it has %d tenants, and should have %d", len(f.names), *got.Done)
			}
			if _, err := l.r.ReadByte(); !errors.Is(err, io.EOF) {
				return fmt.Errorf("there is more behind its end in line %d", l.n)
			}
			return nil
		case sum == nil && got.Tenant != nil:
			if _, twice := f.offsets[*got.Tenant]; twice {
				return fmt.Errorf("line %d: tenant %q comes twice", l.n, *got.Tenant)
			}
			f.names, f.offsets[*got.Tenant], sum = append(f.names, *got.Tenant), l.at, newSummer()
		case sum != nil && got.End != nil:
			if err := differ(sum.summary(), got.End, "its lines", "its checksums", errors.New("it is damaged")); err != nil {
				return fmt.Errorf("before line %d: %w", l.n, err)
			}
			sum = nil
		case sum != nil && kind != "":
			if _, err := sum.add(&got.Record); err != nil {
				return err
			}
		default:
			return fmt.Errorf("line %d is out of place", l.n)
		}
	}
}
