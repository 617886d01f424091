package memory

// HoldsLinks tells whether walks read the links that are held.
func (m *Memory) HoldsLinks() bool {
	m.adjacent.mu.RLock()
	defer m.adjacent.mu.RUnlock()
	return m.adjacent.links != nil
}
