package analysis

// ToolChanges tells what is done to the calls of tools in a file: by the file, by those
// that it requires, and by all programs that it is a part of. A program is a file that
// no other one requires, with what it requires. Files are not read for it.
func (s *Snapshot) ToolChanges(f *File) ToolChanges {
	s.shared.mu.Lock()
	defer s.shared.mu.Unlock()
	c := s.checker
	out := f.ownIndex().changes
	if !c.othersChangeTools(f.URI) {
		return out
	}
	out.add(c.changesOf(c.reach(reachedFile{uri: f.URI, path: f.Path, own: f.ownIndex()})))
	roots := c.rootsOf(f.URI)
	var everywhere ToolChanges
	for i, root := range roots {
		changes := c.changesOf(c.reach(root))
		if i == 0 {
			everywhere = changes
		}
		everywhere.Names, everywhere.Params = everywhere.Names && changes.Names, everywhere.Params && changes.Params
	}
	out.add(everywhere)
	return out
}

// othersChangeTools tells whether a file of the workspace besides one changes calls of
// tools: few do.
func (c *checker) othersChangeTools(uri string) bool {
	for other := range c.snap.disk.toolChangers {
		if other != uri && c.snap.open[other] == nil {
			return true
		}
	}
	for other, f := range c.snap.open {
		if other != uri && !f.library && !f.ownIndex().changes.none() {
			return true
		}
	}
	return false
}

func (c *checker) changesOf(files []reachedFile) (out ToolChanges) {
	for _, f := range files {
		out.add(f.own.changes)
	}
	return out
}

// rootsOf are the files that no other one requires, and from which a file is reached; not
// the file itself. There may be none.
func (c *checker) rootsOf(uri string) (roots []reachedFile) {
	if c.requiredBy == nil {
		c.findRequirers()
	}
	seen := map[string]bool{uri: true}
	list := c.requiredBy[uri]
	for i := 0; i < len(list) && i < maxReached; i++ {
		f := list[i]
		if seen[f.uri] {
			continue
		}
		seen[f.uri] = true
		above := c.requiredBy[f.uri]
		if len(above) == 0 {
			roots = append(roots, f)
		}
		list = append(list[:len(list):len(list)], above...)
	}
	return roots
}

// findRequirers finds the files that require each one.
func (c *checker) findRequirers() {
	c.requiredBy = map[string][]reachedFile{}
	add := func(f reachedFile) {
		for _, r := range f.own.requires {
			if to, ok := c.required(f.path, r); ok && to.uri != f.uri {
				c.requiredBy[to.uri] = append(c.requiredBy[to.uri], f)
			}
		}
	}
	for uri, e := range c.snap.disk.entries {
		if c.snap.open[uri] == nil {
			add(reachedFile{uri: uri, path: e.Path, own: e.own})
		}
	}
	for uri, f := range c.snap.open {
		if !f.library {
			add(reachedFile{uri: uri, path: f.Path, own: f.ownIndex()})
		}
	}
}
