package vector

// Filter says which vectors a search may find. A nil *Filter takes all.
type Filter struct {
	// IDs are the only ones, if it is not nil; those that the index does not have are passed over. A short
	// list makes a search faster.
	IDs []int64
	// Keep decides for each id, if it is not nil. It is asked about few of them: those that
	// are near enough. It must not call the index.
	Keep func(id int64) bool
}

// pick is a filter, as rows are asked about.
type pick struct {
	keep func(id int64) bool
	only []uint64 // bits: the rows that may be found; nil for all
}

func (p pick) takes(r *rows, row uint32) bool {
	if r.isGone(row) {
		return false
	}
	if p.only != nil && p.only[row>>6]>>(row&63)&1 == 0 {
		return false
	}
	return p.keep == nil || p.keep(r.ids[row])
}

// marked are rows as bits.
func marked(list []uint32, count int) []uint64 {
	bits := make([]uint64, (count+63)/64)
	for _, row := range list {
		bits[row>>6] |= 1 << (row & 63)
	}
	return bits
}
