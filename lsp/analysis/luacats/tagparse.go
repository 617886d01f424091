package luacats

import "strings"

// blockReader reads the lines of one block.
type blockReader struct {
	reader
	notes *Notes
	block *Block
	doc   docText
	// pending is the text before a tag that has it as its own: a class, a field.
	pending docText
	// owner is the tag whose text the next lines continue, or nil.
	owner *Head
	// taken is the last line that was read as part of a tag before it.
	taken int
	typed bool // there was a class, alias or enum: text belongs to what follows it
}

func (r *blockReader) read() {
	r.taken = -1
	for i := range r.lines {
		if i <= r.taken {
			continue // a type goes on there
		}
		r.lost, r.peeked = false, false
		r.place = place{line: i, pos: r.lines[i].Start, end: r.lines[i].Start}
		s := strings.TrimLeft(r.text[r.pos:r.lines[i].End], " \t")
		switch {
		case strings.HasPrefix(s, "@"):
			r.pos = r.lines[i].End - len(s)
			r.tag()
		case strings.HasPrefix(s, "|") && len(r.block.Tags) > 0 && r.alternative():
		default:
			r.textLine(r.text[r.pos:r.lines[i].End])
		}
		r.taken = r.line
	}
	r.keepPending()
	r.block.Doc = r.doc.String()
}

// textLine is a line without a tag.
func (r *blockReader) textLine(s string) {
	switch {
	case r.owner != nil && strings.TrimSpace(s) == "":
		r.owner = nil
	case r.owner != nil:
		if r.owner.Text != "" {
			r.owner.Text += "\n"
		}
		r.owner.Text += strings.TrimSpace(s)
	default:
		r.pending.add(s)
	}
}

// keepPending makes the pending text part of the block's.
func (r *blockReader) keepPending() {
	if r.pending.lines > 0 {
		if r.doc.lines > 0 {
			r.doc.blank++
		}
		for _, s := range strings.Split(r.pending.String(), "\n") {
			r.doc.add(" " + s)
		}
	}
	r.pending = docText{}
}

// adopt gives the pending text to a tag, before that on its own line.
func (r *blockReader) adopt(h *Head) {
	text := r.pending.String()
	r.pending = docText{}
	switch {
	case text == "":
	case h.Text == "":
		h.Text = text
	default:
		h.Text = text + "\n\n" + h.Text
	}
}

// tag reads the tag at the place.
func (r *blockReader) tag() {
	at := r.pos
	r.pos++
	head := Head{Span: Span{at, at + 1}}
	if t := r.peek(); t.kind == kName && t.Start == at+1 {
		r.next()
		head.Word = Word{t.Span, t.text}
	} else {
		r.fail(Span{at, at + 1}, "expected the name of a tag after @")
		head.Word = Word{Span: Span{at + 1, at + 1}}
	}
	r.end = head.Word.End
	tag := r.parse(head)
	h := tag.(interface{ head() *Head }).head()
	h.End = max(r.end, h.Word.End)
	if h.Text == "" {
		h.Text = r.rest()
	}
	r.owner = nil
	switch tag.(type) {
	case *ParamTag, *ReturnTag, *VarargTag:
		r.keepPending()
		r.owner = h
	case *ClassTag, *AliasTag, *EnumTag:
		r.adopt(h)
		r.typed = true
	case *FieldTag, *OperatorTag:
		r.adopt(h)
	case *OverloadTag:
		if r.typed {
			r.adopt(h)
		} else {
			r.keepPending()
		}
	default:
		if !r.typed {
			r.keepPending()
		}
	}
	r.block.Tags = append(r.block.Tags, tag)
}

// rest is the text up to the end of the line.
func (r *blockReader) rest() string {
	s := strings.TrimSpace(r.text[r.pos:r.lines[r.line].End])
	r.pos = r.lines[r.line].End
	if s != "" && (s[0] == '#' || s[0] == '@') {
		s = strings.TrimSpace(s[1:])
	}
	return s
}

// parse reads what follows the keyword.
func (r *blockReader) parse(h Head) Tag {
	switch h.Word.Text {
	case "param":
		t := &ParamTag{Head: h}
		m := r.modifiers()
		t.Name, t.Optional = r.paramName()
		if m.there {
			t.Optional, t.Default = t.Optional || m.optional, m.byDefault
			return t
		}
		t.Type = r.typ(atTop)
		return t
	case "return":
		return &ReturnTag{h, r.returns()}
	case "tparam":
		return r.typedParam(h)
	case "treturn":
		return r.typedReturn(h)
	case "class":
		return r.class(h)
	case "field":
		return r.field(h)
	case "type":
		t := &TypeTag{Head: h, Types: []Type{r.typ(atTop)}}
		for r.peek().is(',') {
			r.next()
			t.Types = append(t.Types, r.typ(atTop))
		}
		return t
	case "alias":
		t := &AliasTag{Head: h, Name: r.word("the alias's name")}
		if r.peek().is('<') {
			t.Params = r.typeParams()
		}
		if next := r.peek(); next.kind != kEOL && !next.is('#') {
			t.Type = r.typ(atTop)
		}
		return t
	case "enum":
		t := &EnumTag{Head: h}
		t.Key = r.attribute("key")
		t.Name = r.word("the enum's name")
		return t
	case "overload":
		t := &OverloadTag{Head: h}
		if f, ok := r.typ(atTop).(*FuncType); ok {
			t.Func = f
		} else {
			r.fail(Span{h.Start, max(r.end, h.End)}, "expected fun(…) after @overload")
		}
		return t
	case "generic":
		return &GenericTag{h, r.typeParamList(atTop)}
	case "vararg":
		return &VarargTag{h, r.typ(atTop)}
	case "deprecated", "nodiscard", "async", "private", "protected", "package", "public", "colon":
		return &FlagTag{h}
	case "meta":
		r.notes.Meta = true
		return &FlagTag{h}
	}
	return r.parseRare(h)
}

func (r *blockReader) parseRare(h Head) Tag {
	switch h.Word.Text {
	case "cast":
		return r.cast(h)
	case "as":
		return &AsTag{h, r.typ(atTop)}
	case "operator":
		return r.operator(h)
	case "module":
		t := &ModuleTag{Head: h}
		next := r.peek()
		if next.kind != kString && next.kind != kName {
			r.fail(next.Span, "expected the module's name after @module")
			return t
		}
		r.next()
		t.Name = Word{next.Span, next.text}
		if next.kind == kString && next.End-next.Start == len(next.text)+2 {
			t.Name.Span = Span{next.Start + 1, next.End - 1}
		}
		return t
	case "see":
		return &SeeTag{h, r.blackWord()}
	case "source":
		return &SourceTag{h, r.blackWord()}
	case "version":
		t := &VersionTag{Head: h}
		for {
			w := r.versionWord()
			if w.Text == "" {
				return t
			}
			t.Versions = append(t.Versions, w)
			if r.peek().is(',') {
				r.next()
			}
		}
	case "diagnostic":
		t := &DiagnosticTag{Head: h, Action: r.word("disable, enable, disable-line or disable-next-line")}
		if r.peek().is(':') {
			r.next()
			t.Codes = r.codes()
		}
		r.notes.diagnostic(t, &r.reader)
		return t
	}
	return &UnknownTag{h}
}

// word takes a name.
func (r *reader) word(what string) Word {
	t := r.peek()
	if t.kind != kName {
		r.fail(t.Span, "expected "+what)
		return Word{Span: Span{t.Start, t.Start}}
	}
	r.next()
	return Word{t.Span, t.text}
}

func (r *reader) paramName() (Word, bool) {
	t := r.peek()
	if t.kind != kName && t.kind != kDots {
		r.fail(t.Span, "expected the parameter's name after @param")
		return Word{Span: Span{t.Start, t.Start}}, false
	}
	r.next()
	if next := r.peek(); next.is('?') && next.Start == t.End {
		r.next()
		return Word{t.Span, t.text}, true
	}
	return Word{t.Span, t.text}, false
}

func (r *reader) returns() []FuncResult {
	var list []FuncResult
	for {
		res := FuncResult{Type: r.typ(atTop)}
		if t := r.peek(); t.kind == kName || t.kind == kDots {
			r.next()
			res.Name = Word{t.Span, t.text}
			if next := r.peek(); next.is('?') && next.Start == t.End {
				r.next()
				res.Type = &OptionalType{Span{res.Type.Pos().Start, res.Type.Pos().End}, res.Type}
			}
		}
		list = append(list, res)
		if !r.peek().is(',') {
			return list
		}
		r.next()
	}
}

// attribute takes a word in parentheses, or nothing, and tells whether it was the
// given one.
func (r *reader) attribute(want string) bool {
	if !r.peek().is('(') {
		return false
	}
	r.next()
	found := false
	for {
		t := r.next()
		switch {
		case t.kind == kName:
			found = found || t.text == want
		case t.is(','):
		case t.is(')'):
			return found
		default:
			r.fail(t.Span, "expected )")
			return found
		}
	}
}

func (r *reader) class(h Head) Tag {
	t := &ClassTag{Head: h}
	t.Exact = r.attribute("exact")
	t.Name = r.word("the class's name")
	if next := r.peek(); next.is('<') {
		t.Params = r.typeParams()
	}
	if !r.peek().is(':') {
		return t
	}
	for {
		r.next()
		t.Parents = append(t.Parents, r.typ(atTop))
		if !r.peek().is(',') {
			return t
		}
	}
}

func (r *reader) field(h Head) Tag {
	at, faults := r.place, len(r.errors)
	if t := r.peek(); t.kind == kName {
		switch t.text {
		case "public", "private", "protected", "package":
			r.next()
			f := r.fieldRest(&FieldTag{Head: h, Visibility: t.text})
			if len(r.errors) == faults {
				return f
			}
			if next := r.peek(); next.kind == kEOL && f.Name.Text == "" && f.Key == nil {
				return f
			}
			// The word was the field's name.
			r.place, r.errors = at, r.errors[:faults]
		}
	}
	return r.fieldRest(&FieldTag{Head: h})
}

func (r *reader) fieldRest(f *FieldTag) *FieldTag {
	t := r.peek()
	switch {
	case t.kind == kName || t.kind == kNumber:
		r.next()
		f.Name = Word{t.Span, t.text}
	case t.is('['):
		r.next()
		r.open++
		f.Key = r.typ(inList)
		r.closing(']')
		r.open--
		if l, ok := f.Key.(*LiteralType); ok {
			if s, ok := l.Value.(string); ok {
				f.Name, f.Key = Word{l.Span, s}, nil
			}
		}
	default:
		r.fail(t.Span, "expected the field's name after @field")
		return f
	}
	if next := r.peek(); next.is('?') {
		r.next()
		f.Optional = true
	}
	f.Type = r.typ(atTop)
	return f
}

func (r *reader) cast(h Head) Tag {
	t := &CastTag{Head: h, Name: r.word("the variable's name after @cast")}
	for {
		var c CastChange
		if next := r.peek(); next.is('+') || next.is('-') {
			r.next()
			c.Op = next.sym
		}
		if next := r.peek(); next.is('?') {
			r.next()
			c.Type = &NameType{Span: next.Span, Name: Word{next.Span, "nil"}}
		} else {
			c.Type = r.typ(atTop)
		}
		t.Changes = append(t.Changes, c)
		if !r.peek().is(',') {
			return t
		}
		r.next()
	}
}

func (r *reader) operator(h Head) Tag {
	t := &OperatorTag{Head: h, Name: r.word("the operator's name after @operator")}
	if r.peek().is('(') {
		r.next()
		r.open++
		if !r.peek().is(')') {
			t.Operand = r.typ(inList)
		}
		r.closing(')')
		r.open--
	}
	if r.peek().is(':') {
		r.next()
		t.Result = r.typ(atTop)
	}
	return t
}

// alternative reads a line | T # text, which adds to the type of the last tag. It
// tells whether that tag has a type to add to.
func (r *blockReader) alternative() bool {
	tag := r.block.Tags[len(r.block.Tags)-1]
	var to *Type
	switch t := tag.(type) {
	case *AliasTag:
		to = &t.Type
	case *ParamTag:
		to = &t.Type
	case *FieldTag:
		to = &t.Type
	case *TypeTag:
		to = &t.Types[len(t.Types)-1]
	case *ReturnTag:
		to = &t.Results[len(t.Results)-1].Type
	default:
		return false
	}
	r.next()
	if next := r.peek(); next.is('>') || next.is('+') { // marks of older stubs
		r.next()
	}
	t := r.typ(atTop)
	end := r.end
	text := r.rest()
	u, ok := (*to).(*UnionType)
	switch _, bad := (*to).(*BadType); {
	case *to == nil || bad:
		u = &UnionType{Span: Span{t.Pos().Start, t.Pos().Start}}
	case !ok:
		u = &UnionType{Span: (*to).Pos(), Of: []Type{*to}}
	}
	for len(u.Docs) < len(u.Of) {
		u.Docs = append(u.Docs, "")
	}
	of := []Type{t}
	if more, ok := t.(*UnionType); ok { // | "a" | "b" # text of both
		of = more.Of
	}
	for _, t := range of {
		u.Of, u.Docs = append(u.Of, t), append(u.Docs, text)
	}
	u.End = end
	*to = u
	tag.(interface{ head() *Head }).head().End = end
	return true
}
