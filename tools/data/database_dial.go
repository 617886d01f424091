package data

import (
	"context"
	"net"

	"github.com/llmspell/llmspell/tools/sandbox"
)

// databaseDialer makes the connections to a server that the db permission has
// allowed. The permission names the server, so no net permission is needed for
// it, and servers in private networks are the usual case; what --deny-net names
// stays denied.
func databaseDialer(box *sandbox.Sandbox) (func(ctx context.Context, network, address string) (net.Conn, error), error) {
	policy := sandbox.Policy{Net: sandbox.Rule{All: true, Deny: box.Policy().Net.Deny}}
	inner, err := sandbox.New(box.Dir(), policy)
	if err != nil {
		return nil, err
	}
	return inner.DialContext, nil
}
