package service

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/llmspell/llmspell/kernel/daemon"
	"github.com/llmspell/llmspell/kernel/rpc"
)

// Ask has the kernel at a socket say who it is, for daemon.Root.Asking.
func Ask(ctx context.Context, socket string) (daemon.Record, error) {
	var rec daemon.Record
	client, err := rpc.Dial(ctx, "unix:"+socket, rpc.ClientOptions{Name: "llmspell", Control: true})
	if err != nil {
		return rec, err
	}
	defer client.Close()
	status, err := client.Status(ctx)
	if err != nil {
		return rec, err
	}
	// What info adds has the names that it has in the record.
	text, err := json.Marshal(status.Info)
	if err == nil {
		err = json.Unmarshal(text, &rec)
	}
	if err != nil {
		return rec, fmt.Errorf("read what the kernel at %s says of itself: %w", socket, err)
	}
	rec.ID, rec.PID, rec.Version, rec.StartedAt = status.Kernel, status.PID, status.Server, status.Started
	return rec, nil
}
