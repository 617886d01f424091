package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"
	yaml "go.yaml.in/yaml/v4"

	"github.com/llmspell/llmspell/kernel/daemon"
	"github.com/llmspell/llmspell/kernel/rpc"
)

// kernelStatus is a kernel in the output of kernel status. Its shape is stable.
type kernelStatus struct {
	ID             string  `json:"id"`
	Status         string  `json:"status"` // running, stopping or unresponsive
	PID            int     `json:"pid"`
	Version        string  `json:"version"`
	StartedAt      string  `json:"started_at"` // RFC 3339
	UptimeSeconds  float64 `json:"uptime_seconds"`
	Socket         string  `json:"socket"`
	Address        string  `json:"address,omitempty"` // HOST:PORT of TCP
	MetricsAddress string  `json:"metrics_address,omitempty"`
	ConnectionFile string  `json:"connection_file,omitempty"`
	LogFile        string  `json:"log_file,omitempty"`
	PIDFile        string  `json:"pid_file,omitempty"`
	Clients        int     `json:"clients"`
	Sessions       int     `json:"sessions"`
	Running        int     `json:"running"`      // executions
	Queued         int     `json:"queued"`       // executions
	MemoryBytes    int64   `json:"memory_bytes"` // resident, the sum of the next two
	// What is the process's own, and pages of files, which it shares; 0 where the
	// system does not tell them apart.
	MemoryOwnBytes   int64   `json:"memory_own_bytes"`
	MemoryFilesBytes int64   `json:"memory_files_bytes"`
	CPUSeconds       float64 `json:"cpu_seconds"`
	// SessionList is there with --sessions, the oldest first, unless the kernel does
	// not answer.
	SessionList []rpc.SessionInfo `json:"session_list,omitempty"`
}

// statusFlags are the flags of kernel status.
type statusFlags struct {
	id       string
	format   choice
	quiet    bool
	watch    bool
	sessions bool
	interval seconds
}

func (a *app) kernelStatusCommand() *cobra.Command {
	f := &statusFlags{format: newChoice("table", "json", "yaml", "text"), interval: seconds(5 * time.Second)}
	cmd := &cobra.Command{
		Use:     "status [ID]",
		Aliases: []string{"list"},
		Short:   "Show the kernels that run, or one of them",
		Long: "Show the kernels of this user. With the id of one, the exit code is " + strconv.Itoa(exitUnreachable) + " if it does not run.\n" +
			"What kernels that have died left behind is removed on the way.",
		Example:           "  llmspell kernel status\n  llmspell kernel status dev --format json\n  llmspell kernel status --watch --interval 2s",
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: completeRunning,
		RunE: started(func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				f.id = args[0]
			}
			if f.interval <= 0 {
				return usagef("--interval: %s is too short", f.interval.String())
			}
			return a.kernelStatus(cmd.Context(), f)
		}),
	}
	cmd.Flags().StringVarP(&f.id, "id", "i", "", "the kernel, as the argument")
	addChoiceP(cmd, &f.format, "format", "f", "how to print it: a table, json, yaml, or text with all that is known")
	cmd.Flags().BoolVarP(&f.quiet, "quiet", "q", false, "print the ids alone")
	cmd.Flags().BoolVarP(&f.watch, "watch", "w", false, "print it again and again, until interrupted")
	cmd.Flags().Var(&f.interval, "interval", "how often with --watch")
	cmd.Flags().BoolVar(&f.sessions, "sessions", false, "also the sessions that live in each, to which a debugger can attach (not in a table)")
	return cmd
}

func (a *app) kernelStatus(ctx context.Context, f *statusFlags) error {
	if !f.watch {
		return a.printStatus(ctx, f)
	}
	clear := ""
	if isTerminal(a.stdout) && f.format.value == "table" {
		clear = "\x1b[H\x1b[2J"
	}
	tick := time.NewTicker(time.Duration(f.interval))
	defer tick.Stop()
	for {
		fmt.Fprint(a.stdout, clear)
		if err := a.printStatus(ctx, f); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil // that is how a watch ends
		case <-tick.C:
		}
	}
}

// printStatus prints the kernels once.
func (a *app) printStatus(ctx context.Context, f *statusFlags) error {
	records, err := a.findKernels(f.id)
	if err != nil {
		return err
	}
	list := make([]kernelStatus, len(records))
	var all sync.WaitGroup
	for i, rec := range records {
		all.Go(func() { list[i] = a.statusOf(ctx, rec, f.sessions) })
	}
	all.Wait()
	out := newOutput(a.stdout)
	if err := writeStatus(out, list, f, terminalWidth(a.stdout)); err != nil {
		return err
	}
	return out.Flush()
}

func (a *app) findKernels(id string) ([]daemon.Record, error) {
	root := kernels()
	if id == "" {
		return root.List()
	}
	target, err := root.Resolve(id)
	if err != nil {
		return nil, err
	}
	if target.Record.PID == 0 {
		target.Record.Socket, target.Record.Address = "", target.Address
		if path, ok := strings.CutPrefix(target.Address, "unix:"); ok {
			target.Record.Socket, target.Record.Address = path, ""
		}
	}
	return []daemon.Record{target.Record}, nil
}

// statusPatience is how long a kernel may take to say how it is.
const statusPatience = 5 * time.Second

// statusOf asks a kernel how it is, and which sessions it has.
func (a *app) statusOf(ctx context.Context, rec daemon.Record, sessions bool) kernelStatus {
	s := kernelStatus{
		ID: rec.ID, Status: "running", PID: rec.PID, Version: rec.Version, Socket: rec.Socket, Address: rec.Address,
		MetricsAddress: rec.MetricsAddress, ConnectionFile: rec.ConnectionFile, LogFile: rec.LogFile, PIDFile: rec.PIDFile,
	}
	if !rec.StartedAt.IsZero() { // one that hangs, and whose record was damaged, does not tell
		s.StartedAt, s.UptimeSeconds = rec.StartedAt.Format(time.RFC3339), max(time.Since(rec.StartedAt), 0).Seconds() // the clock may have gone back
	}
	ctx, cancel := context.WithTimeout(ctx, statusPatience)
	defer cancel()
	answer, list, err := a.askStatus(ctx, rec, sessions)
	switch {
	case err == nil:
		s.ID, s.PID, s.Version = answer.Kernel, answer.PID, answer.Server
		s.StartedAt, s.UptimeSeconds = answer.Started.Format(time.RFC3339), float64(answer.UptimeMS)/1000
		s.Clients, s.Sessions, s.Running, s.Queued = max(answer.Clients-1, 0), answer.Sessions, answer.Running, answer.Queued // less this client
		s.MemoryBytes, s.MemoryOwnBytes, s.MemoryFilesBytes = answer.MemoryBytes, answer.MemoryOwnBytes, answer.MemoryFilesBytes
		s.CPUSeconds = answer.CPUSeconds
		s.SessionList = list
		if answer.ShuttingDown {
			s.Status = "stopping"
		}
	case rpc.IsCode(err, rpc.CodeShutdown):
		s.Status = "stopping"
	default:
		s.Status = "unresponsive"
	}
	return s
}

func (a *app) askStatus(ctx context.Context, rec daemon.Record, sessions bool) (status rpc.StatusResult, list []rpc.SessionInfo, err error) {
	client, err := a.dialTarget(ctx, daemon.Target{Address: rec.Reach(), Record: rec}, "", rpc.ClientOptions{Control: true})
	if err != nil {
		return status, nil, err
	}
	defer client.Close()
	if status, err = client.Status(ctx); err == nil && sessions {
		list, err = client.Sessions(ctx)
	}
	return status, list, err
}

func writeStatus(w io.Writer, list []kernelStatus, f *statusFlags, width int) error {
	switch {
	case f.quiet:
		for _, s := range list {
			fmt.Fprintln(w, s.ID)
		}
		return nil
	case f.format.value == "json":
		return writeJSON(w, orEmpty(list), true)
	case f.format.value == "yaml":
		return writeYAML(w, orEmpty(list))
	case f.format.value == "text":
		for i, s := range list {
			if i > 0 {
				fmt.Fprintln(w)
			}
			s.text(w)
		}
		return nil
	case len(list) == 0:
		_, err := fmt.Fprintln(w, "no kernel runs")
		return err
	}
	t := table{header: []string{"ID", "STATUS", "PID", "UPTIME", "CLIENTS", "SESSIONS", "RUNNING", "OWN MEM", "RESIDENT", "CPU", "ADDRESS"}, width: width}
	for _, s := range list {
		address := s.Socket
		if s.Address != "" {
			address = s.Address
		}
		t.rows = append(t.rows, []string{
			s.ID, s.Status, strconv.Itoa(s.PID), uptime(s.UptimeSeconds), strconv.Itoa(s.Clients), strconv.Itoa(s.Sessions), strconv.Itoa(s.Running),
			megabytes(s.MemoryOwnBytes), megabytes(s.MemoryBytes), fmt.Sprintf("%.1fs", s.CPUSeconds), address,
		})
	}
	t.print(w)
	return nil
}

func (s kernelStatus) text(w io.Writer) {
	for _, line := range [][2]string{
		{"Id", s.ID}, {"Status", s.Status}, {"Process", strconv.Itoa(s.PID)}, {"Version", s.Version}, {"Started", s.StartedAt},
		{"Uptime", uptime(s.UptimeSeconds)}, {"Socket", s.Socket}, {"Address", s.Address}, {"Metrics", s.MetricsAddress},
		{"Connection", s.ConnectionFile}, {"Log", s.LogFile}, {"Pid file", s.PIDFile}, {"Clients", strconv.Itoa(s.Clients)},
		{"Sessions", strconv.Itoa(s.Sessions)}, {"Running", strconv.Itoa(s.Running)}, {"Queued", strconv.Itoa(s.Queued)},
		{"Memory", s.memory()}, {"CPU", fmt.Sprintf("%.1f s", s.CPUSeconds)},
	} {
		if line[1] != "" {
			fmt.Fprintf(w, "%-11s %s\n", line[0]+":", oneLine(line[1]))
		}
	}
	for _, session := range s.SessionList {
		state := "idle"
		if session.Busy {
			state = "busy"
		}
		fmt.Fprintf(w, "%-11s %s\n", "Session:", oneLine(strings.TrimSpace(session.ID+" "+session.Name))+" ("+state+")")
	}
}

// memory tells what a kernel has resident, and what of it is its own.
func (s kernelStatus) memory() string {
	text := megabytes(s.MemoryBytes)
	if s.MemoryOwnBytes > 0 {
		text += fmt.Sprintf(" resident: %s its own, %s pages of files, which processes share", megabytes(s.MemoryOwnBytes), megabytes(s.MemoryFilesBytes))
	}
	return text
}

func uptime(seconds float64) string {
	d := time.Duration(seconds * float64(time.Second)).Round(time.Second)
	if days := d / (24 * time.Hour); days > 0 {
		return fmt.Sprintf("%dd%dh", days, d%(24*time.Hour)/time.Hour)
	}
	return d.String()
}

func megabytes(n int64) string {
	if n <= 0 {
		return "-"
	}
	return fmt.Sprintf("%.1f MB", float64(n)/1e6)
}

// writeYAML prints a value as YAML, with the names that it has in JSON.
func writeYAML(w io.Writer, v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	// JSON is YAML: read as a node it keeps the order of the names.
	var node yaml.Node
	if err := yaml.Unmarshal(text, &node); err != nil {
		return err
	}
	plain(&node)
	e := yaml.NewEncoder(w)
	e.SetIndent(2)
	return errors.Join(e.Encode(&node), e.Close())
}

// plain writes a node in YAML's own style, and not in JSON's.
func plain(n *yaml.Node) {
	n.Style &^= yaml.FlowStyle | yaml.DoubleQuotedStyle
	if n.Kind == yaml.ScalarNode && n.Tag == "!!str" {
		n.Style = 0
	}
	if len(n.Content) == 0 && (n.Kind == yaml.SequenceNode || n.Kind == yaml.MappingNode) {
		n.Style = yaml.FlowStyle
	}
	for _, c := range n.Content {
		plain(c)
	}
}
