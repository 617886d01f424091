package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"time"

	"github.com/llmspell/llmspell/kernel/rpc"
	"github.com/llmspell/llmspell/tools"
	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
)

// remoteTools connects to the kernel whose tools a command works on.
func (a *app) remoteTools(ctx context.Context, f *toolFlags) (*rpc.Client, error) {
	if f.mcp.chosen() {
		return nil, usagef("--mcp-config and --mcp-project cannot be had with --connect: give them to llmspell kernel start")
	}
	permissions, err := f.perms.wire(".")
	if err != nil {
		return nil, err
	}
	return a.kernelFor(ctx, &f.connect, permissions)
}

// remoteDescriptor is a kernel's tool, as far as a command needs to know it.
func remoteDescriptor(ctx context.Context, client *rpc.Client, name string) (tools.Description, *tool.Descriptor, error) {
	about, err := client.Tool(ctx, name)
	if err != nil {
		return about, nil, remoteToolError(err)
	}
	if here, ok := tools.Builtin().Get(name); ok && sameJSON(tools.Describe(here), about) {
		return about, here, nil // it knows more: the order of the parameters, their aliases
	}
	d := &tool.Descriptor{
		Name: about.Name, Category: about.Category, Description: about.Description, Aliases: about.Aliases, Tags: about.Tags,
		Security: tool.Security(about.Security), Needs: about.Needs, Version: about.Version, SideEffects: about.SideEffects,
		Timeout: time.Duration(about.TimeoutMS) * time.Millisecond, CacheFor: time.Duration(about.CachedForSec * float64(time.Second)),
	}
	if d.Parameters, err = schema.Parse(about.Parameters); err != nil {
		return about, nil, fmt.Errorf("the kernel's schema of the parameters of %s: %w", name, err)
	}
	if about.Result != nil {
		if d.Result, err = schema.Parse(about.Result); err != nil {
			return about, nil, fmt.Errorf("the kernel's schema of the result of %s: %w", name, err)
		}
	}
	for _, s := range about.Settings {
		d.Settings = append(d.Settings, tool.Setting{Name: s.Name, Description: s.Description, Default: s.Default, Secret: s.Secret})
	}
	for _, e := range about.Examples {
		d.Examples = append(d.Examples, tool.Example{Description: e.Description, Params: e.Params, Files: e.Files, Want: e.Want})
	}
	return about, d, nil
}

// sameJSON tells whether two values look the same in JSON.
func sameJSON(a, b any) bool {
	x, err1 := json.Marshal(a)
	y, err2 := json.Marshal(b)
	var u, v any
	return err1 == nil && err2 == nil && json.Unmarshal(x, &u) == nil && json.Unmarshal(y, &v) == nil && reflect.DeepEqual(u, v)
}

// remoteToolError makes a tool that is not there the error that it is here.
func remoteToolError(err error) error {
	if rpc.IsCode(err, rpc.CodeNotFound) {
		return &tool.Error{Code: tool.UnknownTool, Message: err.Error()}
	}
	return err
}

// listRemote lists the tools of a kernel.
func (a *app) listRemote(ctx context.Context, f *toolFlags, filter tools.Filter, format string) error {
	client, err := a.remoteTools(ctx, f)
	if err != nil {
		return err
	}
	defer client.Close()
	list, err := client.Tools(ctx, rpc.ToolFilter{Category: filter.Category, Tag: filter.Tag})
	if err != nil {
		return err
	}
	return a.printTools(list, format)
}

// searchRemote searches the tools of a kernel.
func (a *app) searchRemote(ctx context.Context, f *toolFlags, words string, limit int, format string) error {
	client, err := a.remoteTools(ctx, f)
	if err != nil {
		return err
	}
	defer client.Close()
	list, err := client.SearchTools(ctx, rpc.ToolSearch{Query: words, Limit: limit})
	if err != nil {
		return err
	}
	a.noteNoTool(words, len(list))
	return a.printTools(list, format)
}

// infoRemote describes a tool of a kernel.
func (a *app) infoRemote(ctx context.Context, f *toolFlags, name, format string, showSchema bool) error {
	client, err := a.remoteTools(ctx, f)
	if err != nil {
		return err
	}
	defer client.Close()
	about, d, err := remoteDescriptor(ctx, client, name)
	if err != nil {
		return a.toolExit(ctx, err)
	}
	return a.printDescription(about, d, format, showSchema)
}

// invokeRemote calls a tool in a kernel.
func (a *app) invokeRemote(ctx context.Context, flags *invokeFlags, name string, words []string) error {
	client, err := a.remoteTools(ctx, &flags.tools)
	if err != nil {
		return err
	}
	defer client.Close()
	response, err := a.callRemote(ctx, client, flags, name, words)
	if response == nil {
		return err
	}
	if printErr := a.printResponse(response, flags.format.value); printErr != nil {
		return printErr
	}
	if err != nil {
		return a.toolExit(ctx, err)
	}
	return nil
}

func (a *app) callRemote(ctx context.Context, client *rpc.Client, flags *invokeFlags, name string, words []string) (*tools.Response, error) {
	_, d, err := remoteDescriptor(ctx, client, name)
	if _, unknown := errors.AsType[*tool.Error](err); unknown { // an envelope like any other failure's
		return tools.Failure(err), err
	}
	if err != nil {
		return nil, err
	}
	reader := paramReader{stdin: a.input(ctx)}
	params, err := reader.read(d, flags.params, words)
	if err != nil {
		return nil, err
	}
	shown := startProgress(a.stderr, d.Name)
	answer, err := client.InvokeTool(ctx, rpc.InvokeParams{
		Name: name, Params: params, TimeoutMS: flags.timeout.Milliseconds(), NoCache: flags.noCache,
	})
	shown.End()
	if err != nil {
		return nil, err
	}
	response := &tools.Response{
		Operation: answer.Operation, Success: answer.Success, Message: answer.Message, Text: answer.Text, Metadata: answer.Metadata,
	}
	if ms, ok := answer.Metadata["duration_ms"].(float64); ok { // the kernel's, without the way there
		response.Duration = time.Duration(ms * float64(time.Millisecond))
	}
	if len(answer.Result) > 0 {
		response.Result = json.RawMessage(answer.Result)
	}
	if answer.Error == nil {
		return response, nil
	}
	te := &tool.Error{Tool: d.Name, Code: tool.Code(answer.Error.Code), Message: answer.Error.Message, Details: answer.Error.Details}
	response.Error = te
	return response, te
}
