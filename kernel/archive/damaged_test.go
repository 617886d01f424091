package archive

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
)

// A record whose metadata are damaged is found, listed with the others, exported without
// them, and deleted.
func TestDamagedMetadata(t *testing.T) {
	s := open(t, Options{})
	ctx := t.Context()
	bad := create(t, s, Spec{Name: "bad", Metadata: map[string]any{"a": "b"}})
	good := create(t, s, Spec{Name: "good", Metadata: map[string]any{"a": "b"}})
	if err := s.exec(ctx, `UPDATE sessions SET metadata = x'0001' WHERE name = 'bad'`); err != nil {
		t.Fatal(err)
	}
	list := must[[]*Session](t)(s.List(ctx, Filter{Order: ByName}))
	if len(list) != 2 || list[0].ID != bad.ID || list[0].Damaged == "" || list[0].Metadata == nil || len(list[0].Metadata) != 0 ||
		list[1].Damaged != "" || list[1].Metadata["a"] != "b" {
		t.Errorf("%+v", list)
	}
	if r := must[*Session](t)(s.Resolve(ctx, "bad")); r.ID != bad.ID {
		t.Errorf("%+v", r)
	}
	name := "renamed"
	if _, err := s.Update(ctx, bad.ID, Change{Name: &name}); err != nil {
		t.Error(err)
	}
	if _, err := s.Update(ctx, bad.ID, Change{Metadata: map[string]any{"c": "d"}}); !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), "export the session") {
		t.Errorf("what is damaged was changed: %v", err)
	}
	var out bytes.Buffer
	if missing, err := s.Export(ctx, bad.ID, &out); err != nil || len(missing) != 1 || !strings.Contains(missing[0].Error(), "its metadata") {
		t.Errorf("%v, %v", missing, err)
	}
	if err := s.Delete(ctx, bad.ID); err != nil {
		t.Error(err)
	}
	list = must[[]*Session](t)(s.List(ctx, Filter{}))
	if !slices.ContainsFunc(list, func(r *Session) bool { return r.ID == good.ID }) || len(list) != 1 {
		t.Errorf("%+v", list)
	}
}

// An artifact whose metadata are damaged is listed and found with an error that says so,
// exported without them, and deleted alone.
func TestDamagedArtifact(t *testing.T) {
	s := open(t, Options{})
	ctx := t.Context()
	r := create(t, s, Spec{Name: "n"})
	for _, name := range []string{"bad", "sound"} {
		must[*Artifact](t)(s.StoreArtifact(ctx, ArtifactSpec{Session: r.ID, Name: name, Metadata: map[string]any{"a": "b"}}, strings.NewReader(name)))
	}
	if err := s.exec(ctx, `UPDATE artifacts SET metadata = x'ff' WHERE name = 'bad'`); err != nil {
		t.Fatal(err)
	}
	a, err := s.Artifact(ctx, ArtifactRef{Session: r.ID, Name: "bad"})
	if !errors.Is(err, ErrDamaged) || a == nil || a.Size != 3 || !strings.Contains(a.Damaged, "metadata") {
		t.Errorf("%+v, %v", a, err)
	}
	var out bytes.Buffer
	if missing, err := s.Export(ctx, r.ID, &out); err != nil || len(missing) != 1 || !strings.HasPrefix(missing[0].Error(), "the metadata of artifact 1 (bad)") {
		t.Errorf("%v, %v", missing, err)
	}
	copied := must[*Session](t)(s.Import(ctx, bytes.NewReader(out.Bytes()), int64(out.Len()), ImportOptions{NewID: true}))
	if copied.Artifacts != 2 {
		t.Errorf("%+v", copied)
	}
	if _, err := s.DeleteArtifact(ctx, ArtifactRef{Session: r.ID, Name: "bad"}); err != nil {
		t.Error(err)
	}
	if list := must[[]*Artifact](t)(s.QueryArtifacts(ctx, ArtifactQuery{Session: r.ID})); len(list) != 1 || list[0].Name != "sound" {
		t.Errorf("%+v", list)
	}
}
