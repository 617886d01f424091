package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/llmspell/llmspell/kernel"
	"github.com/llmspell/llmspell/kernel/archive"
	"github.com/llmspell/llmspell/kernel/replay"
	"github.com/llmspell/llmspell/kernel/rpc"
)

// sessionStore is what the commands on sessions work with: the store of this
// machine, or a running kernel that stands for it.
type sessionStore interface {
	Resolve(ctx context.Context, ref string) (*archive.Session, error)
	Names(ctx context.Context, limit int) ([]string, error)
	List(ctx context.Context, f archive.Filter) ([]*archive.Session, error)
	Create(ctx context.Context, spec archive.Spec) (*archive.Session, error)
	Update(ctx context.Context, id string, c archive.Change) (*archive.Session, error)
	SetStatus(ctx context.Context, id string, to archive.Status, reason string) (*archive.Session, error)
	ForceArchive(ctx context.Context, id, reason string) (*archive.Session, error)
	Delete(ctx context.Context, ids ...string) error
	ForceDelete(ctx context.Context, ids ...string) error
	Cleanup(ctx context.Context, r archive.Retention) ([]*archive.Session, error)
	Variables(ctx context.Context, id string) (map[string]any, error)
	Checkpoints(ctx context.Context, id string) ([]*archive.Checkpoint, error)
	Executions(ctx context.Context, session string, from, to, limit int) ([]*archive.Execution, error)
	QueryArtifacts(ctx context.Context, q archive.ArtifactQuery) ([]*archive.Artifact, error)
	Artifact(ctx context.Context, ref archive.ArtifactRef) (*archive.Artifact, error)
	OpenArtifact(ctx context.Context, a *archive.Artifact) io.Reader
	// verify reads all of a session, of all if id is "": how many artifacts there are, which
	// are damaged, and what else is.
	verify(ctx context.Context, id string) (n int, damaged map[*archive.Artifact]error, rest []error, err error)
	Collect(ctx context.Context) (int, int64, error)
	Export(ctx context.Context, id string, w io.Writer) (missing []error, err error)
	Import(ctx context.Context, r io.ReaderAt, size int64, o archive.ImportOptions) (*archive.Session, error)
	Replay(ctx context.Context, id string, o replay.Options) (*replay.Report, error)
	Close() error
}

// localSessions are the sessions of this machine.
type localSessions struct {
	archive.Survivor
	services *kernel.Services
	config   kernel.Config // of replays
}

// Replay replays a session in this process.
func (l *localSessions) Replay(ctx context.Context, id string, o replay.Options) (*replay.Report, error) {
	store, damaged := l.Journal(ctx, id)
	if store == nil {
		return nil, damaged
	}
	cfg := l.config
	cfg.Services = l.services
	report, err := (&kernel.Replayer{Config: cfg}).Replay(ctx, store, id, o)
	return report, errors.Join(err, damaged)
}

func (l *localSessions) verify(ctx context.Context, id string) (n int, damaged map[*archive.Artifact]error, rest []error, err error) {
	v, err := l.VerifyAll(ctx, id)
	if err != nil {
		return 0, nil, nil, err
	}
	return v.Checked, v.Damaged, v.Rest, nil
}

// Close closes the databases.
func (l *localSessions) Close() error {
	return l.services.Close()
}

// openSessionsFor opens the store that a command's flags choose. The limits of cfg,
// and the permissions, are those of replays.
func (a *app) openSessionsFor(cmd *cobra.Command, cfg kernel.Config, permissions *rpc.Permissions) (sessionStore, error) {
	f := a.sessionKernel
	f.cmd = cmd
	if !f.wanted() {
		return a.openSessions(cmd.Context(), cfg)
	}
	client, err := a.kernelFor(cmd.Context(), &f, permissions)
	if err != nil {
		return nil, err
	}
	return &remoteSessions{client, rpc.RecordReplayParams{Limits: wireLimits(cfg.Limits)}}, nil
}

// openSessions opens the store of this machine.
func (a *app) openSessions(ctx context.Context, cfg kernel.Config) (sessionStore, error) {
	services := a.services(a.configuration())
	store, err := services.Records(ctx)
	l := &localSessions{services: services, config: cfg}
	if err != nil {
		return nil, errors.Join(err, services.Close())
	}
	l.Survivor = archive.Survivor{View: archive.View{Store: store, Hooks: services.Hooks}}
	return l, nil
}

// onSessions wraps a command that works on sessions.
func (a *app) onSessions(run func(ctx context.Context, s sessionStore, args []string) error) func(*cobra.Command, []string) error {
	return started(func(cmd *cobra.Command, args []string) error {
		s, err := a.openSessionsFor(cmd, kernel.Config{}, nil)
		if err != nil {
			return err
		}
		return errors.Join(run(cmd.Context(), s, args), s.Close())
	})
}

// onSession wraps a command whose first argument names a session.
// A session that was found in what could be saved of a damaged database is one, too.
func (a *app) onSession(run func(ctx context.Context, s sessionStore, r *archive.Session, rest []string) error) func(*cobra.Command, []string) error {
	return a.onSessions(func(ctx context.Context, s sessionStore, args []string) error {
		r, damaged := resolveSession(ctx, s, args[0])
		if damaged != nil && (r == nil || !errors.Is(damaged, archive.ErrDamaged)) {
			return damaged
		}
		return joinOnce(run(ctx, s, r, args[1:]), damaged)
	})
}

// joinOnce joins errors, but for those whose text another one before them has.
func joinOnce(errs ...error) error {
	var out []error
	var said strings.Builder
	var add func(error)
	add = func(err error) {
		if list, ok := err.(interface{ Unwrap() []error }); ok && isJoin(err, list.Unwrap()) {
			for _, one := range list.Unwrap() {
				add(one)
			}
		} else if err != nil && !strings.Contains(said.String(), err.Error()) {
			fmt.Fprintln(&said, err)
			out = append(out, err)
		}
	}
	for _, err := range errs {
		add(err)
	}
	return errors.Join(out...)
}

// isJoin tells what errors.Join has made from other errors with several causes.
func isJoin(err error, causes []error) bool { return err.Error() == errors.Join(causes...).Error() }

// resolveSession finds a session, and suggests another when there is none.
func resolveSession(ctx context.Context, s sessionStore, ref string) (*archive.Session, error) {
	r, err := s.Resolve(ctx, ref)
	if !errors.Is(err, archive.ErrNotFound) {
		return r, err
	}
	names, namesErr := s.Names(ctx, 1000)
	if namesErr != nil {
		return nil, err
	}
	return nil, fmt.Errorf("%w%s; llmspell session list shows them all", err, didYouMean(ref, names))
}

func (a *app) sessionCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "session",
		Short: "Show, replay and keep the sessions in which scripts run",
		Long: `Show, replay and keep the sessions in which scripts run.

llmspell run --session NAME runs a script in a session. A session is named by its id, the beginning
of its id (four characters at least), or its name; id:ID and name:NAME say which it is where it could be both.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.sessionListCommand(), a.sessionShowCommand(), a.sessionCreateCommand(), a.sessionReplayCommand(), a.sessionDeleteCommand(),
		a.sessionExportCommand(), a.sessionImportCommand(), a.sessionCleanupCommand(), a.sessionVerifyCommand(), a.sessionArtifactCommand(),
		a.sessionStatusCommand("complete", "Say that a session has done what it was for", archive.Completed),
		a.sessionStatusCommand("fail", "Say that a session could not do what it was for", archive.Failed),
		a.sessionStatusCommand("suspend", "Set a session aside", archive.Suspended),
		a.sessionStatusCommand("resume", "Make a suspended or failed session active again", archive.Active),
		a.sessionStatusCommand("archive", "Keep a session as it is, for good", archive.Archived))
	a.sessionKernel.addTo(cmd, "the sessions")
	return cmd
}

// completeSessions completes names of sessions.
func (a *app) completeSessions(cmd *cobra.Command, given []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(given) > 0 {
		return nil, cobra.ShellCompDirectiveDefault
	}
	s, err := a.openSessionsFor(cmd, kernel.Config{}, nil)
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	defer s.Close()
	names, err := s.Names(cmd.Context(), 200)
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

// whoRuns adds to the error of a session that runs which kernel its process is, if it
// is one of this machine, and what --force does.
func whoRuns(err error, does string) error {
	if !errors.Is(err, archive.ErrRunning) {
		return err
	}
	if e, ok := errors.AsType[*archive.RunningError](err); ok {
		if live, _, surveyErr := kernels().Survey(); surveyErr == nil {
			for _, r := range live {
				if r.PID == e.PID {
					err = fmt.Errorf("%w (process %d is the kernel %q)", err, r.PID, r.ID)
				}
			}
		}
	}
	return fmt.Errorf("%w; --force %s it all the same, and the script ends with an error", err, does)
}

func (a *app) sessionStatusCommand(verb, short string, to archive.Status) *cobra.Command {
	var reason string
	var force bool
	cmd := &cobra.Command{
		Use:               verb + " ID",
		Short:             short,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: a.completeSessions,
		RunE: a.onSession(func(ctx context.Context, s sessionStore, r *archive.Session, _ []string) error {
			set := func() (*archive.Session, error) { return s.SetStatus(ctx, r.ID, to, reason) }
			if force {
				set = func() (*archive.Session, error) { return s.ForceArchive(ctx, r.ID, reason) }
			}
			r, err := set()
			if err == nil {
				fmt.Fprintf(a.stderr, "llmspell: session %s (%s) is %s\n", r.ID, r.Name, r.Status)
			}
			return whoRuns(err, "archives")
		}),
	}
	cmd.Flags().StringVar(&reason, "reason", "", "what there is to say about it")
	if to == archive.Archived {
		cmd.Flags().BoolVarP(&force, "force", "f", false, "also while a script runs in it, which then ends with an error")
	}
	return cmd
}
