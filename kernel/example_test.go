package kernel_test

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/llmspell/llmspell/kernel"
)

// A kernel in a program of one's own: a session keeps its variables, executions
// are queued and can be interrupted, and the session answers while they run.
func Example() {
	dir, err := os.MkdirTemp("", "kernel")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	k := kernel.New(kernel.Options{Limits: kernel.Limits{MaxParallel: 4}})
	defer k.Close()
	session, err := k.Open(kernel.SessionOptions{Name: "an example", Dir: dir})
	if err != nil {
		panic(err)
	}
	ctx := context.Background()
	execute := func(code string) kernel.Outcome {
		x, err := session.Submit(ctx, kernel.Request{
			Code:   code,
			Values: true,
			Output: func(_ kernel.Stream, p []byte) { fmt.Printf("printed %s", p) },
		})
		if err != nil {
			panic(err)
		}
		return x.Outcome()
	}
	execute(`prices = {apple = 3, pear = 4} print("ready")`)
	fmt.Println(execute(`prices.apple + prices.pear`).Values)

	// It goes on until somebody ends it, and answers meanwhile.
	started := make(chan struct{})
	busy, err := session.Submit(ctx, kernel.Request{Code: "while true do end", Started: func() { close(started) }})
	if err != nil {
		panic(err)
	}
	<-started
	found, err := session.Complete(ctx, "prices.ap", 9)
	if err != nil {
		panic(err)
	}
	fmt.Println(found.Matches[0].Text, found.Matches[0].Detail)
	session.Interrupt(false)
	fmt.Println(errors.Is(busy.Outcome().Err, kernel.ErrInterrupted))
	fmt.Println(execute(`prices.pear`).Texts)
	// Output:
	// printed ready
	// [7]
	// apple number 3
	// true
	// [4]
}
