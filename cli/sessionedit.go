package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/llmspell/llmspell/internal/ctxread"
	"github.com/llmspell/llmspell/internal/plural"
	"github.com/llmspell/llmspell/kernel/archive"
)

func sortedNames[T any](m map[string]T) []string { return slices.Sorted(maps.Keys(m)) }

func (a *app) sessionCreateCommand() *cobra.Command {
	var spec archive.Spec
	var metadata []string
	cmd := &cobra.Command{
		Use:     "create [NAME]",
		Short:   "Make a session, and print its id",
		Example: "  llmspell session create nightly --tag ci --metadata branch=main",
		Args:    cobra.MaximumNArgs(1),
		RunE: a.onSessions(func(ctx context.Context, s sessionStore, args []string) error {
			if len(args) == 1 {
				spec.Name = args[0]
			}
			spec.Metadata = map[string]any{}
			for _, item := range metadata {
				key, text, ok := strings.Cut(item, "=")
				if !ok || key == "" {
					return usagef("--metadata: %q is not NAME=VALUE", item)
				}
				spec.Metadata[key] = text
				if v, err := archive.Decode([]byte(text)); err == nil {
					spec.Metadata[key] = v
				}
			}
			r, err := s.Create(ctx, spec)
			if err == nil {
				_, err = fmt.Fprintln(a.stdout, r.ID)
			}
			return err
		}),
	}
	cmd.Flags().StringVar(&spec.Description, "description", "", "what it is for")
	cmd.Flags().StringSliceVar(&spec.Tags, "tag", nil, "a tag (may repeat)")
	cmd.Flags().StringArrayVar(&metadata, "metadata", nil, "NAME=VALUE, the value as JSON or else a text (may repeat)")
	return cmd
}

func (a *app) sessionDeleteCommand() *cobra.Command {
	var all, force bool
	var status []string
	cmd := &cobra.Command{
		Use:               "delete ID... | --all",
		Short:             "Delete sessions with their journals and artifacts",
		Example:           "  llmspell session delete nightly\n  llmspell session delete --all --status completed,archived",
		ValidArgsFunction: a.completeSessions,
		RunE: a.onSessions(func(ctx context.Context, s sessionStore, args []string) error {
			if all == (len(args) > 0) || len(status) > 0 && !all {
				return usagef("say which sessions: ID..., or --all, which --status may limit")
			}
			ids, err := chosenSessions(ctx, s, args, status)
			if err != nil {
				return err
			}
			remove := s.Delete
			if force {
				remove = s.ForceDelete
			}
			if err := remove(ctx, ids...); err != nil {
				return whoRuns(err, "deletes")
			}
			fmt.Fprintf(a.stderr, "llmspell: %s deleted\n", plural.Of(len(ids), "session"))
			return nil
		}),
	}
	cmd.Flags().BoolVar(&all, "all", false, "all sessions")
	cmd.Flags().BoolVarP(&force, "force", "f", false, "also sessions in which a script runs, which then ends with an error")
	cmd.Flags().StringSliceVar(&status, "status", nil, "with --all: only those with one of these statuses")
	return cmd
}

// chosenSessions returns the ids of the named sessions, or of all.
func chosenSessions(ctx context.Context, s sessionStore, refs, status []string) ([]string, error) {
	var ids []string
	for _, ref := range refs {
		r, err := resolveSession(ctx, s, ref)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(ids, r.ID) {
			ids = append(ids, r.ID)
		}
	}
	if len(refs) > 0 {
		return ids, nil
	}
	var f archive.Filter
	for _, text := range status {
		st, err := archive.ParseStatus(text)
		if err != nil {
			return nil, usageError{err}
		}
		f.Status = append(f.Status, st)
	}
	list, err := s.List(ctx, f)
	for _, r := range list {
		ids = append(ids, r.ID)
	}
	return ids, err
}

func (a *app) sessionExportCommand() *cobra.Command {
	var force bool
	cmd := &cobra.Command{
		Use:   "export ID FILE",
		Short: "Write a session with its journal and artifacts to one file; - is stdout",
		Long: "Write a session with its journal, its artifacts and what it keeps in the State to one file; - is stdout.\n\n" +
			"What is damaged, or cannot be read in the State, is left out and named; the exit code is 1 then.",
		Args:              cobra.ExactArgs(2),
		ValidArgsFunction: a.completeSessions,
		RunE: a.onSession(func(ctx context.Context, s sessionStore, r *archive.Session, rest []string) error {
			var missing []error
			err := a.writeNew(rest[0], force, func(w io.Writer) (err error) {
				missing, err = s.Export(ctx, r.ID, w)
				return err
			})
			if err != nil {
				return err
			}
			for _, why := range missing {
				err = errors.Join(err, fmt.Errorf("the session was exported without %w", why))
			}
			return err
		}),
	}
	cmd.Flags().BoolVarP(&force, "force", "f", false, "replace a file that is there")
	return cmd
}

func (a *app) sessionImportCommand() *cobra.Command {
	var o archive.ImportOptions
	cmd := &cobra.Command{
		Use:   "import FILE",
		Short: "Make a session of an exported one, and print its id; - is stdin",
		Args:  cobra.ExactArgs(1),
		RunE: a.onSessions(func(ctx context.Context, s sessionStore, args []string) error {
			f, size, err := a.openBundle(ctx, args[0])
			if err != nil {
				return err
			}
			defer f.Close()
			r, err := s.Import(ctx, f, size, o)
			if errors.Is(err, archive.ErrExists) {
				return fmt.Errorf("%w; --new-id gives the imported one another id", err)
			}
			if err == nil {
				_, err = fmt.Fprintln(a.stdout, r.ID)
			}
			return err
		}),
	}
	cmd.Flags().BoolVar(&o.NewID, "new-id", false, "give it an id of its own")
	cmd.Flags().StringVar(&o.Name, "name", "", "give it this name")
	return cmd
}

// openBundle opens an exported session, which is read from its end. What is no
// regular file, such as stdin, "-", is copied into one first, which goes with Close.
func (a *app) openBundle(ctx context.Context, path string) (f *bundleFile, size int64, err error) {
	in := a.input(ctx)
	if path != "-" {
		file, err := os.Open(path)
		if err != nil {
			return nil, 0, err
		}
		info, err := file.Stat()
		if err == nil && info.Mode().IsRegular() {
			return &bundleFile{File: file}, info.Size(), nil
		}
		defer file.Close()
		if err == nil && info.IsDir() {
			err = fmt.Errorf("%s is not a regular file: it is a folder", path)
		}
		if err != nil {
			return nil, 0, err
		}
		in = ctxread.New(ctx, file)
	}
	temp, err := os.CreateTemp("", "llmspell-import-*")
	if err != nil {
		return nil, 0, err
	}
	f = &bundleFile{File: temp, temporary: true}
	if size, err = io.Copy(temp, in); err != nil {
		return nil, 0, errors.Join(fmt.Errorf("read %s: %w", path, err), f.Close())
	}
	return f, size, nil
}

// bundleFile is an exported session.
type bundleFile struct {
	*os.File
	temporary bool
}

// Close closes the file, and removes it if it is a copy.
func (f *bundleFile) Close() error {
	err := f.File.Close()
	if f.temporary {
		err = errors.Join(err, os.Remove(f.Name()))
	}
	return err
}

func (a *app) sessionCleanupCommand() *cobra.Command {
	var older time.Duration
	var r archive.Retention
	cmd := &cobra.Command{
		Use:     "cleanup --older-than TIME",
		Short:   "Delete completed, failed and archived sessions that are old, and what broken-off writes have left",
		Example: "  llmspell session cleanup --older-than 720h --keep 10 --dry-run",
		Args:    cobra.NoArgs,
		RunE: a.onSessions(func(ctx context.Context, s sessionStore, _ []string) error {
			if older <= 0 || r.Keep < 0 {
				return usagef("--older-than must be more than 0, such as 720h, and --keep not negative")
			}
			r.Completed, r.Failed, r.Archived = older, older, older
			gone, err := s.Cleanup(ctx, r)
			if err != nil {
				return err
			}
			for _, g := range gone {
				fmt.Fprintf(a.stdout, "%s\t%s\n", g.ID, oneLine(g.Name))
			}
			if r.DryRun {
				return nil
			}
			n, _, err := s.Collect(ctx)
			if n > 0 {
				fmt.Fprintf(a.stderr, "llmspell: %s of broken-off writes deleted\n", plural.Of(n, "content"))
			}
			return err
		}),
	}
	cmd.Flags().DurationVar(&older, "older-than", 0, "those that were not changed for so long, e.g. 720h")
	cmd.Flags().IntVar(&r.Keep, "keep", 0, "keep so many of them, the latest")
	cmd.Flags().BoolVar(&r.DryRun, "dry-run", false, "only say which")
	return cmd
}

func (a *app) sessionVerifyCommand() *cobra.Command {
	return &cobra.Command{
		Use:               "verify [ID]",
		Short:             "Read all of a session, or of all sessions, and say what is damaged",
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: a.completeSessions,
		RunE: a.onSessions(func(ctx context.Context, s sessionStore, args []string) error {
			id := ""
			if len(args) == 1 {
				r, err := resolveSession(ctx, s, args[0])
				if err != nil && (r == nil || !errors.Is(err, archive.ErrDamaged)) {
					return err
				}
				id = r.ID
			}
			n, damaged, rest, err := s.verify(ctx, id)
			if err != nil {
				return err
			}
			for art, why := range damaged {
				fmt.Fprintf(a.stdout, "session %s, artifact %d (%s): %v\n", art.Session, art.Sequence, oneLine(art.Name), why)
			}
			for _, why := range rest {
				fmt.Fprintln(a.stdout, oneLine(why.Error()))
			}
			if len(rest) > 0 {
				return fmt.Errorf("%d of %s and %s damaged: import the session from an export, or export it, which leaves out what is damaged, and import that with --new-id", len(damaged), plural.Of(n, "artifact"), plural.Of(len(rest), "other part"))
			}
			if len(damaged) > 0 {
				return fmt.Errorf("%d of %s damaged: import the session from an export, or delete them", len(damaged), plural.Of(n, "artifact"))
			}
			fmt.Fprintf(a.stderr, "llmspell: %s as stored\n", plural.Of(n, "artifact"))
			return nil
		}),
	}
}

func (a *app) sessionArtifactCommand() *cobra.Command {
	var out string
	var force bool
	var version int
	cmd := &cobra.Command{
		Use:               "artifact ID NAME|NUMBER",
		Short:             "Print the content of an artifact, or write it to a file",
		Args:              cobra.ExactArgs(2),
		ValidArgsFunction: a.completeSessions,
		RunE: a.onSession(func(ctx context.Context, s sessionStore, r *archive.Session, rest []string) error {
			art, damaged := findArtifact(ctx, s, r.ID, rest[0], version)
			if damaged != nil && (art == nil || !errors.Is(damaged, archive.ErrDamaged)) {
				return damaged
			}
			write := func(w io.Writer) error {
				_, err := io.Copy(w, s.OpenArtifact(ctx, art))
				return err
			}
			if out == "" {
				out = "-"
			}
			return errors.Join(a.writeNew(out, force, write), damaged)
		}),
	}
	cmd.Flags().StringVarP(&out, "file", "o", "", "the file to write")
	cmd.Flags().BoolVarP(&force, "force", "f", false, "replace a file that is there")
	cmd.Flags().IntVar(&version, "version", 0, "this version of the name (0: the last)")
	return cmd
}

// findArtifact finds an artifact by its name, else by its number or hash.
func findArtifact(ctx context.Context, s sessionStore, session, ref string, version int) (*archive.Artifact, error) {
	art, err := s.Artifact(ctx, archive.ArtifactRef{Session: session, Name: ref, Version: version})
	if !errors.Is(err, archive.ErrNotFound) {
		return art, err
	}
	if archive.IsHash(ref) {
		return s.Artifact(ctx, archive.ArtifactRef{Session: session, Hash: ref})
	}
	n := 0
	if _, scanErr := fmt.Sscanf(ref, "%d", &n); scanErr == nil && fmt.Sprint(n) == ref && n > 0 {
		return s.Artifact(ctx, archive.ArtifactRef{Session: session, Sequence: n})
	}
	list, listErr := s.QueryArtifacts(ctx, archive.ArtifactQuery{Session: session})
	if listErr != nil {
		return nil, err
	}
	names := make([]string, len(list))
	for i, a := range list {
		names[i] = a.Name
	}
	return nil, fmt.Errorf("%w%s", err, didYouMean(ref, names))
}
