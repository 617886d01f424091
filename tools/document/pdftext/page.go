package pdftext

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/model"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"
)

const (
	maxForms      = 12         // forms that show each other
	maxOperations = 20_000_000 // of one page, with its forms
	maxPageText   = 16 << 20   // bytes
)

// ErrTooMuch is a page that does more than any page needs.
var ErrTooMuch = errors.New("the page holds more than 16 MB of text, or 20,000,000 operations")

// Document is a PDF whose pages are read one after the other. It must have been
// read with limits on what its streams may grow to.
type Document struct {
	x     *model.XRefTable
	fonts map[string]*font // by reference, since pages share them
}

// New makes a Document of what pdfcpu has read.
func New(x *model.XRefTable) *Document { return &Document{x: x, fonts: map[string]*font{}} }

// Page returns the text of a page, counted from 1.
func (doc *Document) Page(ctx context.Context, number int) (result string, err error) {
	x := doc.x
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("page %d is damaged (%.100v)", number, v)
		}
	}()
	d, _, inherited, err := x.PageDict(number, false)
	if err != nil {
		return "", fmt.Errorf("page %d: %w", number, err)
	}
	content, err := contents(x, d["Contents"])
	if err != nil {
		return "", fmt.Errorf("page %d: %w", number, err)
	}
	resources, _ := x.DereferenceDict(d["Resources"])
	if resources == nil && inherited != nil {
		resources = inherited.Resources
	}
	r := &reader{ctx: ctx, x: x, fonts: doc.fonts, state: state{matrix: identity, scale: 1}}
	if err := r.run(content, resources, 0); err != nil {
		return "", err
	}
	return r.out.finish(), nil
}

// maxContent bounds the operators of a page, decompressed.
const maxContent = 64 << 20

// contents returns the streams of a page, one after the other. Words do not go
// on from one to the next.
func contents(x *model.XRefTable, o types.Object) ([]byte, error) {
	o, err := x.Dereference(o)
	if err != nil {
		return nil, err
	}
	list, ok := o.(types.Array)
	if !ok {
		list = types.Array{o}
	}
	var out []byte
	for _, o := range list {
		o, err := x.Dereference(o)
		if err != nil {
			return nil, err
		}
		sd, ok := o.(types.StreamDict)
		if !ok {
			continue
		}
		if err := sd.DecodeWithLimit(maxContent); err != nil {
			return nil, fmt.Errorf("its content cannot be decompressed: %w", err)
		}
		if len(out)+len(sd.Content) > maxContent {
			return nil, fmt.Errorf("its content is larger than %d MB", maxContent>>20)
		}
		out = append(append(out, sd.Content...), '\n')
	}
	return out, nil
}

// matrix is a transformation of coordinates: [a b c d e f].
type matrix [6]float64

var identity = matrix{1, 0, 0, 1, 0, 0}

func (m matrix) mul(n matrix) matrix {
	return matrix{m[0]*n[0] + m[1]*n[2], m[0]*n[1] + m[1]*n[3], m[2]*n[0] + m[3]*n[2], m[2]*n[1] + m[3]*n[3], m[4]*n[0] + m[5]*n[2] + n[4], m[4]*n[1] + m[5]*n[3] + n[5]}
}

// state is what q saves and Q brings back.
type state struct {
	matrix            matrix
	font              *font
	size              float64
	charSpace, spaces float64 // Tc and Tw
	scale, leading    float64 // Tz as a factor, TL
	rise              float64
}

// reader runs the operators of a content stream that move and show text.
type reader struct {
	ctx        context.Context
	x          *model.XRefTable
	fonts      map[string]*font
	state      state
	saved      []state
	text, line matrix
	operations int
	out        layout
}

func (r *reader) run(content []byte, resources types.Dict, depth int) error {
	l := &lexer{data: content}
	var args []object
	for {
		o := l.next()
		if _, ok := o.(end); ok && l.pos >= len(l.data) {
			return nil
		}
		op, ok := o.(operator)
		if !ok {
			if len(args) < 64 {
				args = append(args, o)
			}
		}
		if r.operations++; r.operations%1024 == 0 {
			if err := r.ctx.Err(); err != nil {
				return err
			}
			if r.operations > maxOperations || r.out.Len() > maxPageText {
				return ErrTooMuch
			}
		}
		if !ok {
			continue
		}
		switch op {
		case "ID":
			l.skipImage()
		case "Tf":
			if len(args) == 2 {
				n, _ := args[0].(name)
				r.state.font = r.findFont(resources, string(n))
				r.state.size, _ = args[1].(float64)
			}
		case "Do":
			if n, ok := first(args).(name); ok && depth < maxForms {
				if err := r.form(resources, string(n), depth); err != nil {
					return err
				}
			}
		default:
			r.operate(op, args)
		}
		args = args[:0]
	}
}

func first(args []object) object {
	if len(args) == 0 {
		return nil
	}
	return args[0]
}

// numbers returns the first n operands, zero where one is missing or no number.
func numbers(args []object, n int) []float64 {
	out := make([]float64, n)
	for i := range min(n, len(args)) {
		out[i], _ = args[i].(float64)
	}
	return out
}

func (r *reader) operate(op operator, args []object) {
	s := &r.state
	switch op {
	case "q":
		if len(r.saved) < 1000 {
			r.saved = append(r.saved, *s)
		}
	case "Q":
		if n := len(r.saved); n > 0 {
			*s, r.saved = r.saved[n-1], r.saved[:n-1]
		}
	case "cm":
		s.matrix = matrix(numbers(args, 6)).mul(s.matrix)
	case "BT":
		r.text, r.line = identity, identity
	case "Tm":
		r.text = matrix(numbers(args, 6))
		r.line = r.text
	case "Td":
		r.move(numbers(args, 2))
	case "TD":
		v := numbers(args, 2)
		s.leading = -v[1]
		r.move(v)
	case "T*":
		r.move([]float64{0, -s.leading})
	case "TL":
		s.leading = numbers(args, 1)[0]
	case "Tc":
		s.charSpace = numbers(args, 1)[0]
	case "Tw":
		s.spaces = numbers(args, 1)[0]
	case "Tz":
		s.scale = numbers(args, 1)[0] / 100
	case "Ts":
		s.rise = numbers(args, 1)[0]
	case "Tj":
		r.show(first(args))
	case "'":
		r.move([]float64{0, -s.leading})
		r.show(first(args))
	case `"`:
		v := numbers(args, 2)
		s.spaces, s.charSpace = v[0], v[1]
		r.move([]float64{0, -s.leading})
		if len(args) == 3 {
			r.show(args[2])
		}
	case "TJ":
		list, _ := first(args).([]object)
		for _, o := range list {
			if f, ok := o.(float64); ok {
				r.advance(-f / 1000 * s.size * s.scale)
			} else {
				r.show(o)
			}
		}
	}
}

func (r *reader) move(by []float64) {
	r.line = matrix{1, 0, 0, 1, by[0], by[1]}.mul(r.line)
	r.text = r.line
}

func (r *reader) advance(x float64) { r.text = matrix{1, 0, 0, 1, x, 0}.mul(r.text) }

// show puts out a string at the current place.
func (r *reader) show(o object) {
	s, ok := o.(text)
	if !ok || r.state.font == nil {
		return
	}
	codes := 0
	r.state.font.decode(s, func(string, float64, bool, bool) { codes++ })
	r.state.font.decode(s, func(meaning string, width float64, known, space bool) {
		at := r.text.mul(r.state.matrix)
		size := r.state.size * math.Hypot(at[2], at[3])
		move := width / 1000 * r.state.size
		end := move
		if codes != 2 || r.state.charSpace < 0 {
			// The letters of a word are set apart. Between two that are shown alone
			// it stands for a space between words instead, as some programs write it.
			end += r.state.charSpace
		}
		move += r.state.charSpace
		if space {
			move += r.state.spaces
		}
		after := matrix{1, 0, 0, 1, end * r.state.scale, 0}.mul(r.text).mul(r.state.matrix)
		r.advance(move * r.state.scale)
		r.out.add(meaning, glyph{x: at[4], y: at[5], endX: after[4], endY: after[5], size: math.Abs(size), known: known})
	})
}

// findFont returns a font of the resources, or nil.
func (r *reader) findFont(resources types.Dict, name string) *font {
	fonts, _ := r.x.DereferenceDict(resources["Font"])
	o, ok := fonts[name]
	if !ok {
		return nil
	}
	key := ""
	if ref, ok := o.(types.IndirectRef); ok {
		key = ref.String()
		if f, ok := r.fonts[key]; ok {
			return f
		}
	}
	d, err := r.x.DereferenceDict(o)
	if err != nil || d == nil {
		return nil
	}
	f := readFont(r.x, d)
	if key != "" {
		r.fonts[key] = f
	}
	return f
}

// form runs the content of a form XObject; images are left out.
func (r *reader) form(resources types.Dict, name string, depth int) error {
	forms, _ := r.x.DereferenceDict(resources["XObject"])
	o, err := r.x.Dereference(forms[name])
	sd, ok := o.(types.StreamDict)
	if err != nil || !ok || nameOf(r.x, sd.Dict, "Subtype") != "Form" {
		return nil
	}
	if err := sd.DecodeWithLimit(maxPageText); err != nil {
		return nil
	}
	own, _ := r.x.DereferenceDict(sd.Dict["Resources"])
	if own == nil {
		own = resources
	}
	before, saved, text, line := r.state, r.saved, r.text, r.line
	if m, _ := r.x.DereferenceArray(sd.Dict["Matrix"]); len(m) == 6 {
		var v matrix
		for i, o := range m {
			v[i], _ = r.x.DereferenceNumber(o)
		}
		r.state.matrix = v.mul(r.state.matrix)
	}
	r.saved = nil
	err = r.run(sd.Content, own, depth+1)
	r.state, r.saved, r.text, r.line = before, saved, text, line
	return err
}

// layout puts glyphs one after the other, with the spaces and new lines that
// their places mean.
type layout struct {
	strings.Builder
	last  glyph // that is not a space
	begun bool
	blank bool // the text ends with a space
	space bool // spaces came after last
}

type glyph struct {
	x, y       float64 // where it begins
	endX, endY float64 // where the next one would
	size       float64
	known      bool // its font says how wide it is
}

func (l *layout) add(meaning string, g glyph) {
	switch meaning {
	case "":
		return
	case " ", "\u00a0": // what it means is seen when the next glyph comes
		l.space = true
		return
	}
	if l.begun {
		l.between(g)
	}
	l.begun, l.last, l.space = true, g, false
	for _, r := range meaning {
		if r == '\u00a0' || r < ' ' {
			r = ' '
		}
		if r == ' ' && l.blank {
			continue
		}
		l.WriteRune(r)
		l.blank = r == ' '
	}
}

// between writes what lies between the last glyph and the next.
func (l *layout) between(g glyph) {
	size := max(l.last.size, g.size, 1e-6)
	// Along and across the direction in which the last glyph was written.
	dx, dy := l.last.endX-l.last.x, l.last.endY-l.last.y
	length := math.Hypot(dx, dy)
	if length == 0 {
		dx, dy, length = 1, 0, 1
	}
	gapX, gapY := g.x-l.last.endX, g.y-l.last.endY
	along := (gapX*dx + gapY*dy) / length
	across := math.Abs(gapY*dx-gapX*dy) / length
	switch {
	case across > 0.5*size, along < -2*size:
		l.line(across > 2.2*size)
	case l.blank:
	case along > 0.15*size, l.space && !(l.last.known && along < 0.06*size):
		// A space that takes no room is none: it only moves what follows.
		l.WriteByte(' ')
		l.blank = true
	}
}

// line ends a line; a large distance means a new paragraph.
func (l *layout) line(paragraph bool) {
	l.WriteByte('\n')
	if paragraph {
		l.WriteByte('\n')
	}
	l.blank = true // a line begins without a space
}

// finish returns the text without blanks at the ends of lines.
func (l *layout) finish() string {
	lines := strings.Split(l.String(), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.TrimSpace(strings.Join(lines, "\n"))
}
