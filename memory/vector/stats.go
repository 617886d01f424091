package vector

// Stats describe an index.
type Stats struct {
	Vectors    int // that are found
	Dead       int // that HNSW has yet to take out of its graph
	Dimension  int // 0 if there has been no vector yet
	Metric     Metric
	Kind       Kind // that was asked for
	Searches   Kind // that searches without a filter use now
	Model      string
	Generation uint64
	Bytes      int64 // of memory for vectors, codes and links; ids come on top
}

// Stats describes the index.
func (ix *Index) Stats() Stats {
	ix.mu.RLock()
	defer ix.mu.RUnlock()
	o := ix.options
	s := Stats{Vectors: ix.live(), Dimension: o.Dimension, Metric: o.Metric, Kind: o.Kind, Searches: Exact, Model: o.Model, Generation: ix.generation}
	if ix.rows != nil {
		for _, b := range ix.rows.blocks {
			s.Bytes += 4 * int64(cap(b))
		}
	}
	if ix.codes != nil {
		s.Searches = Scan
		for _, b := range ix.codes.blocks {
			s.Bytes += int64(cap(b))
		}
		s.Bytes += 8 * int64(cap(ix.codes.steps))
	}
	if ix.graph != nil {
		if ix.codes != nil {
			s.Searches = HNSW
		}
		s.Dead = ix.graph.Dead()
		s.Bytes += ix.graph.Bytes()
	}
	return s
}
