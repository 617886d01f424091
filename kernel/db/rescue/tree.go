package rescue

import (
	"fmt"
	"math"
)

// Object is a table or an index of a schema.
type Object struct {
	Type  string // table or index
	Name  string
	Table string // that it is of
	Root  int    // page
}

func (o Object) damage(page uint32, why string) Damage {
	return Damage{Page: int(page), Tree: o.Name, Index: o.Type == "index", Why: why}
}

// schemaTree is the tree of the schema itself.
const schemaTree = "sqlite_schema"

// Schema reads which tables and indexes there are. If some of it is damaged, those of
// known, the schema of another file that was made in the same way, stand for what is
// missing, unless what is there contradicts it.
func (r *File) Schema(known []Object) []Object {
	byRoot := map[int]Object{}
	byName := map[string]int{}
	if !r.lost {
		before := len(r.damage)
		r.walk(Object{Name: schemaTree}, r.pagesOf(Object{Name: schemaTree, Root: 1}), func(row *Row) bool {
			v, err := row.Values()
			if err != nil || len(v) < 4 {
				return true
			}
			o := Object{}
			o.Type, _ = v[0].(string)
			o.Name, _ = v[1].(string)
			o.Table, _ = v[2].(string)
			root, _ := v[3].(int64)
			if o.Root = int(root); (o.Type == "table" || o.Type == "index") && root > 1 && root <= int64(r.pages) {
				byRoot[o.Root], byName[o.Name] = o, o.Root
			}
			return true
		})
		if len(r.damage) == before && len(byRoot) > 0 {
			return sorted(byRoot)
		}
	}
	for _, o := range known {
		if at, named := byName[o.Name]; named && at != o.Root {
			return sorted(byRoot) // the file was made in another way
		}
	}
	for _, o := range known {
		_, taken := byRoot[o.Root]
		kind, _ := r.parent(uint32(o.Root))
		if !taken && o.Root > 1 && uint32(o.Root) <= r.pages && (kind == 0 || kind == ofRoot) {
			byRoot[o.Root] = o
		}
	}
	return sorted(byRoot)
}

func sorted(byRoot map[int]Object) []Object {
	var out []Object
	for root := 2; len(out) < len(byRoot); root++ {
		if o, ok := byRoot[root]; ok {
			out = append(out, o)
		}
	}
	return out
}

// Trees are the pages of all tables and indexes of a schema.
type Trees struct {
	r     *File
	of    map[string]Object
	pages map[string][]uint32 // sound ones, by the name of the object
}

// Trees finds the pages of each object: those that its root leads to, and those that only
// the pointer map still knows.
func (r *File) Trees(schema []Object) *Trees {
	t := &Trees{r: r, of: map[string]Object{}, pages: map[string][]uint32{}}
	owner := map[uint32]Object{}
	seen := map[uint32]bool{}
	for _, o := range schema {
		owner[uint32(o.Root)], t.of[o.Name] = o, o
	}
	for _, o := range schema {
		for _, n := range r.pagesOf(o) {
			if !seen[n] {
				seen[n] = true
				t.pages[o.Name] = append(t.pages[o.Name], n)
			}
		}
	}
	for n := uint32(3); n <= r.pages; n++ {
		if kind, _ := r.parent(n); kind != ofTree || seen[n] {
			continue
		}
		o, ok := owner[r.rootOf(n)]
		if !ok {
			continue
		}
		if _, err := r.node(n); err != nil {
			r.note(o.damage(n, err.Error()))
			continue
		}
		t.pages[o.Name] = append(t.pages[o.Name], n)
	}
	return t
}

// maxDepth is more than any tree has.
const maxDepth = 64

// rootOf follows the pointer map up; 0: it does not lead to a root.
func (r *File) rootOf(n uint32) uint32 {
	for range maxDepth {
		kind, parent := r.parent(n)
		switch {
		case kind == ofRoot || n == 1:
			return n
		case kind != ofTree:
			return 0
		}
		n = parent
	}
	return 0
}

// pagesOf walks a tree down from its root, and returns its pages that are sound.
func (r *File) pagesOf(o Object) (out []uint32) {
	seen := map[uint32]bool{uint32(o.Root): true}
	for queue := []uint32{uint32(o.Root)}; len(queue) > 0; queue = queue[1:] {
		number := queue[0]
		n, err := r.node(number)
		if err != nil {
			r.note(o.damage(number, err.Error()))
			continue
		}
		out = append(out, number)
		for _, down := range n.down {
			if seen[down] || down < 2 || down > r.pages {
				r.note(o.damage(number, fmt.Sprintf("it names page %d as one below it", down)))
				continue
			}
			if kind, parent := r.parent(down); kind != 0 && (kind != ofTree || parent != number) {
				r.note(o.damage(number, fmt.Sprintf("it names page %d as one below it", down)))
				continue
			}
			seen[down] = true
			queue = append(queue, down)
		}
	}
	return out
}

// Row is a row of a table, or an entry of an index.
type Row struct {
	ID   int64 // its rowid, if it is of a table that has them
	At   Place
	file *File
	node *node
	cell cell
}

// Place is where a row lies.
type Place struct{ Page, Cell int }

// Values reads all columns: nil, int64, float64, string or []byte. A table's own key is nil:
// see ID.
func (w *Row) Values() ([]any, error) {
	data, err := w.file.payload(w.node, w.cell)
	if err != nil {
		return nil, err
	}
	return values(data, math.MaxInt)
}

// First reads so many columns, or less if they do not lie on the row's own page.
func (w *Row) First(n int) ([]any, error) { return values(w.cell.local, n) }

// Pages are those of a table or an index that are sound.
func (t *Trees) Pages(name string) []uint32 { return t.pages[name] }

// Rows calls each for the rows of a table or the entries of an index until it returns
// false. The order is that of pages.
func (t *Trees) Rows(name string, each func(*Row) bool) { t.r.walk(t.of[name], t.pages[name], each) }

// Row reads a row again.
func (r *File) Row(at Place) (*Row, error) {
	n, err := r.node(uint32(at.Page))
	if err != nil {
		return nil, err
	}
	if at.Cell < 0 || at.Cell >= len(n.cells) || n.kind == tableInterior {
		return nil, fmt.Errorf("page %d has no row %d", at.Page, at.Cell)
	}
	c, err := r.cell(n, at.Cell)
	return &Row{ID: c.row, At: at, file: r, node: n, cell: c}, err
}

func (r *File) walk(o Object, pages []uint32, each func(*Row) bool) {
	for _, number := range pages {
		n, err := r.node(number)
		if err != nil || n.kind == tableInterior {
			continue // pagesOf has noted it
		}
		for i := range n.cells {
			c, err := r.cell(n, i)
			if err != nil {
				r.note(o.damage(number, err.Error()))
				continue
			}
			if !each(&Row{ID: c.row, At: Place{int(number), i}, file: r, node: n, cell: c}) {
				return
			}
		}
	}
}
