package repl

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/llmspell/llmspell/kernel/rpc"
	"github.com/llmspell/llmspell/tools/schema"
)

// meta is a command of the loop, such as .help.
type meta struct {
	name    string
	aliases []string
	args    string
	help    string
	run     func(l *loop, ctx context.Context, rest string) error
}

// commands are all there are, in the order in which .help shows them.
func commands() []meta {
	return append([]meta{
		{"help", []string{"h", "?"}, "", "show this", (*loop).help},
		{"exit", []string{"quit", "q"}, "", "leave (also Ctrl-D)", (*loop).exit},
		{"run", nil, "FILE [ARGS]", "run a script in this session", (*loop).runFile},
		{"load", nil, "FILE", "run a file without arguments: its globals stay", (*loop).load},
		{"save", nil, "FILE", "write what was typed here, and did not fail, to a file", (*loop).save},
		{"history", nil, "[WORDS]", "show what was typed, also in earlier sessions", (*loop).history},
		{"vars", nil, "", "show the globals that were set here", (*loop).vars},
		{"set", nil, "NAME VALUE", "set a global to the value of an expression", (*loop).set},
		{"unset", nil, "NAME", "set a global to nil", (*loop).unset},
		{"tools", nil, "[WORDS]", "list the tools, or those that words find", (*loop).tools},
		{"cd", nil, "DIR", "change the folder that .run, .load, .save and .ls start in", (*loop).cd},
		{"pwd", nil, "", "show that folder", (*loop).pwd},
		{"ls", nil, "[DIR]", "list a folder", (*loop).ls},
		{"info", nil, "", "tell about the kernel and the session", (*loop).info},
		{"reset", nil, "", "begin a new session", (*loop).reset},
		{"perf", nil, "on|off", "show how long each execution takes", (*loop).setPerf},
		{"clear", nil, "", "clear the screen", (*loop).clear},
	}, debugCommands()...)
}

// command splits a line that is a command: a dot or colon and a word.
func command(line string) (word, rest string, ok bool) {
	line = strings.TrimSpace(line)
	if len(line) < 2 || line[0] != '.' && line[0] != ':' {
		return "", "", false
	}
	c := line[1]
	if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '?') { // .5, ...; ::label::
		return "", "", false
	}
	word, rest, _ = strings.Cut(line[1:], " ")
	return strings.ToLower(word), strings.TrimSpace(rest), true
}

// command carries out a command. Its error ends the loop.
func (l *loop) command(ctx context.Context, word, rest string) error {
	var names []string
	for _, m := range commands() {
		if m.name == word || slices.Contains(m.aliases, word) {
			return m.run(l, ctx, rest)
		}
		names = append(names, m.name)
	}
	hint := "see .help"
	if near := schema.Nearest(word, names); near != "" {
		hint = "did you mean ." + near + "?"
	}
	l.errorf("unknown command .%s: %s", word, hint)
	return nil
}

func (l *loop) help(context.Context, string) error {
	for _, m := range commands() {
		if m.name == debugCommands()[0].name {
			l.printf("Debugger (the prompt is debug> while a script is stopped; what is typed is evaluated in the frame):\n")
		}
		name := "." + m.name
		for _, a := range m.aliases {
			name += ", ." + a
		}
		l.printf("  %-28s %s\n", strings.TrimSpace(name+" "+m.args), m.help)
	}
	l.printf("Anything else is Lua; it may take several lines. Ctrl-C drops it, or ends what runs.\n")
	return nil
}

func (l *loop) exit(context.Context, string) error { l.quit = true; return nil }

// path resolves a file or folder against the loop's folder.
func (l *loop) path(name string) string {
	if rest, ok := strings.CutPrefix(name, "~/"); ok {
		if home, err := os.UserHomeDir(); err == nil {
			return filepath.Join(home, rest)
		}
	}
	if filepath.IsAbs(name) {
		return filepath.Clean(name)
	}
	return filepath.Join(l.dir, name)
}

func (l *loop) runFile(ctx context.Context, rest string) error {
	fields := strings.Fields(rest)
	if len(fields) == 0 {
		l.errorf(".run needs the name of a script")
		return nil
	}
	l.file = l.path(fields[0])
	return l.execute(ctx, rpc.RunParams{File: rpc.Text(l.file), Args: rpc.Texts(fields[1:]), Pretty: true}, fileInput(l.file, fields[1:]))
}

func (l *loop) load(ctx context.Context, rest string) error {
	if rest == "" {
		l.errorf(".load needs the name of a file")
		return nil
	}
	l.file = l.path(rest)
	return l.execute(ctx, rpc.RunParams{File: rpc.Text(l.file), Pretty: true}, fileInput(l.file, nil))
}

// fileInput is what .save writes for a file that is run. Where only the kernel can read
// the file, as on another machine, the script loads it.
func fileInput(path string, args []string) input {
	content, err := os.ReadFile(path)
	if err != nil {
		return called("assert(loadfile("+quote(path)+"))", path, args)
	}
	return loaded(path, string(content), args)
}

func (l *loop) save(_ context.Context, rest string) error {
	if rest == "" {
		l.errorf(".save needs the name of a file")
		return nil
	}
	path := l.path(rest)
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if os.IsExist(err) {
		l.errorf("%s exists: choose another name", path)
		return nil
	}
	if err == nil {
		if _, err = f.WriteString(script(l.typed)); err == nil {
			err = f.Close()
		} else {
			_ = f.Close() // the first error counts
		}
	}
	if err != nil {
		l.errorf("%v", err)
		return nil
	}
	l.printf("%d inputs written to %s\n", len(l.typed), path)
	return nil
}

func (l *loop) history(ctx context.Context, rest string) error {
	if l.opts.History == nil {
		l.errorf("no history is kept")
		return nil
	}
	list, err := l.opts.History.Search(ctx, rest, 50)
	if err != nil {
		l.errorf("%v", err)
	}
	for _, text := range list {
		l.printf("%s\n", text)
	}
	return nil
}

func (l *loop) vars(ctx context.Context, _ string) error {
	v, err := l.client.Variables(ctx, rpc.VariablesParams{Session: l.session})
	if err != nil {
		l.errorf("%v", err)
		return nil
	}
	for _, x := range v.Variables {
		l.printf("%s = %s\n", x.Name, x.Value)
	}
	switch {
	case v.Partial:
		l.errorf("the script could not be asked in time")
	case len(v.Variables) == 0:
		l.printf("(none)\n")
	}
	return nil
}

func (l *loop) set(ctx context.Context, rest string) error {
	name, value, _ := strings.Cut(rest, " ")
	if name == "" || strings.TrimSpace(value) == "" {
		l.errorf(".set needs a name and an expression, such as .set limit 10")
		return nil
	}
	return l.execute(ctx, rpc.RunParams{Code: rpc.Text(name + " = " + value), Name: "=.set"}, input{text: name + " = " + value})
}

func (l *loop) unset(ctx context.Context, rest string) error {
	if rest == "" {
		l.errorf(".unset needs a name")
		return nil
	}
	return l.execute(ctx, rpc.RunParams{Code: rpc.Text(rest + " = nil"), Name: "=.unset"}, input{text: rest + " = nil"})
}

func (l *loop) tools(ctx context.Context, rest string) error {
	list, err := l.client.Tools(ctx, rpc.ToolFilter{})
	if rest != "" {
		list, err = l.client.SearchTools(ctx, rpc.ToolSearch{Query: rest})
	}
	if err != nil {
		l.errorf("%v", err)
	}
	for _, t := range list {
		l.printf("%-24s %s\n", t.Name, t.Description)
	}
	return nil
}

func (l *loop) cd(_ context.Context, rest string) error {
	path := l.path(rest)
	info, err := os.Stat(path)
	switch {
	case rest == "":
		l.errorf(".cd needs a folder")
	case err != nil:
		l.errorf("%v", err)
	case !info.IsDir():
		l.errorf("%s is not a folder", path)
	default:
		l.dir = path
	}
	return nil
}

func (l *loop) pwd(context.Context, string) error { l.printf("%s\n", l.dir); return nil }

func (l *loop) ls(_ context.Context, rest string) error {
	list, err := os.ReadDir(l.path(rest))
	if err != nil {
		l.errorf("%v", err)
	}
	for _, e := range list {
		name := e.Name()
		if e.IsDir() {
			name += "/"
		}
		l.printf("%s\n", name)
	}
	return nil
}

func (l *loop) info(ctx context.Context, _ string) error {
	s, err := l.client.Session(ctx, l.session)
	if err != nil {
		l.errorf("%v", err)
		return nil
	}
	k := l.client.Hello()
	l.printf("kernel   %s, llmspell %s\nsession  %s, since %s, %d executions\nfolder   %s\n",
		k.Kernel, k.Server, s.ID, s.Created.Local().Format(time.DateTime), s.Executions, s.Cwd)
	return nil
}

func (l *loop) reset(ctx context.Context, _ string) error {
	l.debug.detach()
	if !l.owned {
		l.errorf("the session %s is shared: close it with `llmspell session` if nobody needs it", l.session)
		return nil
	}
	if err := l.client.CloseSession(ctx, l.session); err != nil {
		return err
	}
	l.typed = nil
	return l.open(ctx)
}

func (l *loop) setPerf(_ context.Context, rest string) error {
	switch rest {
	case "on", "off":
		l.perf = rest == "on"
	default:
		l.errorf(".perf takes on or off")
	}
	return nil
}

func (l *loop) clear(context.Context, string) error {
	if l.opts.Interactive {
		l.printf("\x1b[H\x1b[2J")
	}
	return nil
}

// number reads a number that is at least least.
func number(text string, least int) (int, error) {
	n, err := strconv.Atoi(text)
	if err != nil || n < least {
		return 0, fmt.Errorf("%q is not a number, %d at least", text, least)
	}
	return n, nil
}
