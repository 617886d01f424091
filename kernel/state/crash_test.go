package state

import (
	"math/rand/v2"
	"os/exec"
	"strconv"
	"testing"
	"time"
)

// A process that writes is killed at any moment, again and again: what it has
// acknowledged is there, nothing is there by half, and the file is sound.
func TestKilledWhileWriting(t *testing.T) {
	path := file(t)
	rounds := 200
	if testing.Short() {
		rounds = 20
	}
	rng := rand.New(rand.NewPCG(5, uint64(time.Now().UnixNano())))
	acknowledged := int64(0)
	for round := range rounds {
		cmd := child(t, "write", path, 0)
		out := lines(t, cmd)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		// It is killed after some lines, or before it has said anything.
		for range rng.IntN(40) {
			if !out.Scan() {
				t.Fatal("the child has ended by itself")
			}
		}
		for spin := rng.IntN(100_000); spin > 0; spin-- {
		}
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		last := ""
		for {
			if text := out.Text(); text != "" {
				last = text
			}
			if !out.Scan() {
				break
			}
		}
		_ = cmd.Wait() // it was killed
		if n, err := strconv.ParseInt(last, 10, 64); err == nil {
			acknowledged = n
		}
		s := openAt(t, path, Options{})
		e, ok, err := s.Get(t.Context(), global, "a")
		if err != nil {
			t.Fatal(err)
		}
		if !ok && acknowledged == 0 {
			_ = s.Close() // it is closed again at the end of the test
			continue
		}
		// The last write may have been made, and its line lost.
		n, _ := e.Value.(int64)
		if n < acknowledged || value(t, s, "b") != n {
			t.Fatalf("round %d: a is %v, b %v, acknowledged %d", round, e.Value, value(t, s, "b"), acknowledged)
		}
		if round%10 == 9 || round == rounds-1 {
			if err := s.Check(t.Context()); err != nil {
				t.Fatalf("round %d: %v", round, err)
			}
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if acknowledged == 0 {
		t.Error("no child has written anything")
	}
}

func TestProcessesShareAFile(t *testing.T) {
	path := file(t)
	const processes, each = 3, 400
	var all []*exec.Cmd
	for range processes {
		cmd := child(t, "count", path, each)
		if err := cmd.Start(); err != nil { // also on who makes the file
			t.Fatal(err)
		}
		all = append(all, cmd)
	}
	for _, cmd := range all {
		if err := cmd.Wait(); err != nil {
			t.Error(err)
		}
	}
	s := openAt(t, path, Options{})
	for _, key := range []string{"compared", "transacted", "incremented"} {
		if got := value(t, s, key); got != int64(processes*each) {
			t.Errorf("%s: %v, want %d", key, got, processes*each)
		}
	}
	if err := s.Check(t.Context()); err != nil {
		t.Error(err)
	}
}
