package state

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"testing"
)

// childEnv makes the test program do a job instead of testing: tests that need
// other processes start it so. Its arguments are the job's.
const childEnv = "LLMSPELL_TEST_STATE_CHILD"

// jobs are what a child can do. Platforms add theirs.
func jobs() map[string]func(path string, n int) error {
	all := map[string]func(string, int) error{"write": writeJob, "count": countJob, "migrate": migrateJob, "private": privateJob}
	addJobs(all)
	return all
}

func TestMain(m *testing.M) {
	name := os.Getenv(childEnv)
	if name == "" {
		os.Exit(m.Run())
	}
	n, err := strconv.Atoi(os.Args[2])
	if err == nil {
		err = jobs()[name](os.Args[1], n)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// child is a process that does a job on a store.
func child(t *testing.T, job, path string, n int) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0], path, strconv.Itoa(n))
	cmd.Env = append(os.Environ(), childEnv+"="+job)
	cmd.Stderr = os.Stderr
	return cmd
}

// writeJob writes for ever, and says on stdout what has been acknowledged. Each
// write changes two values that must always be equal.
func writeJob(path string, _ int) error {
	ctx := context.Background()
	s, err := Open(ctx, path, Options{History: 2})
	if err != nil {
		return err
	}
	for i := 0; ; i++ {
		var n any
		if err := s.Transact(ctx, 0, func(tx *Txn) error {
			e, err := tx.Increment(global, "a", 1, SetOptions{})
			if err != nil {
				return err
			}
			n = e.Value
			// Some values are large, so that pages overflow, split and are freed.
			if _, err := tx.Set(global, fmt.Sprint("filler:", i%7), string(make([]byte, (i%5)*3000)), SetOptions{}); err != nil {
				return err
			}
			_, err = tx.Set(global, "b", n, SetOptions{})
			return err
		}); err != nil {
			return err
		}
		fmt.Println(n)
		if i%50 == 25 {
			if err := s.Flush(ctx); err != nil {
				return err
			}
		}
	}
}

// countJob adds n to each of two counters, in the two ways that there are.
func countJob(path string, n int) error {
	ctx := context.Background()
	s, err := Open(ctx, path, Options{})
	if err != nil {
		return err
	}
	defer s.Close()
	for range n {
		for done := false; !done; {
			e, _, err := s.Get(ctx, global, "compared")
			if err != nil {
				return err
			}
			old, _ := e.Value.(int64)
			if _, done, err = s.CompareAndSet(ctx, global, "compared", AtRevision(e.Revision), old+1, SetOptions{}); err != nil {
				return err
			}
		}
		if err := s.Transact(ctx, 10_000, func(tx *Txn) error {
			_, err := tx.Increment(global, "transacted", 1, SetOptions{})
			return err
		}); err != nil {
			return err
		}
		if _, err := s.Increment(ctx, global, "incremented", 1, SetOptions{}); err != nil {
			return err
		}
	}
	return nil
}

// lines reads what a child prints.
func lines(t *testing.T, cmd *exec.Cmd) *bufio.Scanner {
	t.Helper()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	return bufio.NewScanner(out)
}
