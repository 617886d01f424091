package text

import (
	"cmp"
	"math"
	"slices"
	"strings"
)

// naive ranks documents by the formula of docs/retrieval.md, term by term and document by document.
func naive(docs map[int64]Document, p Params, query string, o Options) []Hit {
	a := newAnalyzer(p.Language)
	var order []int64
	counts, lengths, time := map[int64]map[string]float64{}, map[int64]float64{}, map[int64]bool{}
	df, total := map[string]float64{}, 0.0
	named := func(d Document) (terms []string) {
		a.each(d.Speaker+" "+d.Role, func(t token) {
			if !t.stop && !t.part {
				terms = append(terms, t.term)
			}
		})
		return terms
	}
	for id, d := range docs {
		order = append(order, id)
		c := map[string]float64{}
		a.each(d.Body, func(t token) {
			c[t.term]++
			if !t.part {
				lengths[id]++
				total++
			}
			time[id] = time[id] || t.timely
		})
		if !d.Time.IsZero() {
			a.each(dateWords(d.Time), func(t token) { c[t.term] += p.Date })
		}
		for _, term := range named(d) {
			c[term]++
		}
		for term := range c {
			df[term]++
		}
		counts[id] = c
	}
	n := float64(len(docs))
	average := math.Max(1, total/math.Max(n, 1))
	var terms []string
	when := false
	a.each(query, func(t token) {
		when = when || t.term == "when"
		if !t.stop {
			terms = append(terms, t.term)
		}
	})
	gain := func(id int64, term string) float64 {
		c := counts[id][term]
		if c == 0 {
			return 0
		}
		idf := math.Log(1 + (n-df[term]+.5)/(df[term]+.5))
		return idf * (p.K1 + 1) * c / (c + p.K1*(1-p.B+p.B*lengths[id]/average))
	}
	own, session := map[int64]float64{}, map[string]float64{}
	for _, id := range order {
		for _, term := range terms {
			own[id] += gain(id, term)
		}
	}
	members := map[string][]int64{}
	for _, id := range order {
		if s := docs[id].Session; s != "" {
			members[s] = append(members[s], id)
		}
	}
	for s, list := range members {
		slices.SortFunc(list, func(a, b int64) int {
			return cmp.Or(cmp.Compare(nanoseconds(docs[a].Time), nanoseconds(docs[b].Time)), cmp.Compare(a, b))
		})
		for _, term := range terms {
			best := 0.0
			for _, id := range list {
				best = math.Max(best, gain(id, term))
			}
			session[s] += best
		}
	}
	var hits []Hit
	for _, id := range order {
		d := docs[id]
		list := members[d.Session]
		at := slices.Index(list, id)
		score, reached := own[id], own[id] > 0
		for distance, share := range map[int]float64{-1: p.Near, 1: p.Near, -2: p.Far, 2: p.Far} {
			if i := at + distance; at >= 0 && i >= 0 && i < len(list) {
				score += share * own[list[i]]
				reached = reached || own[list[i]] > 0
			}
		}
		if !reached || o.Session != "" && d.Session != o.Session || o.Speaker != "" && d.Speaker != o.Speaker {
			continue
		}
		score += p.Session * session[d.Session]
		if slices.ContainsFunc(named(d), func(term string) bool { return slices.Contains(terms, term) }) {
			score *= p.Speaker
		}
		if when && time[id] {
			score *= p.Timely
		}
		if strings.HasSuffix(d.Body, "?") {
			score *= p.Question
		}
		hits = append(hits, Hit{id, float32(score)})
	}
	slices.SortFunc(hits, func(a, b Hit) int { return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.ID, b.ID)) })
	return hits[:min(o.K, len(hits))]
}
