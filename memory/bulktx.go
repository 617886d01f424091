package memory

// bulkTx is a transaction that keeps in mind what the lines of an import ask for again and again: entities by their names, and
// how many objects predicates have.
type bulkTx struct {
	Tx
	named   map[string]Entity
	singles map[string]bool
}

func newBulkTx(tx Tx) *bulkTx {
	return &bulkTx{tx, map[string]Entity{}, map[string]bool{}}
}

// EntityNamed asks once for each entity that is there.
func (t *bulkTx) EntityNamed(key string) (*Entity, error) {
	if e, ok := t.named[key]; ok {
		return &e, nil
	}
	e, err := t.Tx.EntityNamed(key)
	if err == nil && e != nil {
		t.named[key] = *e
	}
	return e, err
}

// AddEntity keeps the new one in mind.
func (t *bulkTx) AddEntity(e *Entity, key string) error {
	err := t.Tx.AddEntity(e, key)
	if err == nil {
		t.named[key] = *e
	}
	return err
}

// SetEntity changes one that may have several names.
func (t *bulkTx) SetEntity(e Entity) error {
	clear(t.named)
	return t.Tx.SetEntity(e)
}

// Single asks once for each predicate.
func (t *bulkTx) Single(predicate string) (bool, error) {
	if single, ok := t.singles[predicate]; ok {
		return single, nil
	}
	single, err := t.Tx.Single(predicate)
	if err == nil {
		t.singles[predicate] = single
	}
	return single, err
}

// SetSingle is asked for anew afterwards.
func (t *bulkTx) SetSingle(predicate string, single bool) error {
	delete(t.singles, predicate)
	return t.Tx.SetSingle(predicate, single)
}
