package bench

import (
	"bufio"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
)

// Environment is where a run was measured.
type Environment struct {
	System    string `json:"system"` // linux/amd64
	Kernel    string `json:"kernel,omitempty"`
	Processor string `json:"processor,omitempty"`
	Cores     int    `json:"cores"`
	Memory    string `json:"memory,omitempty"`
	Load      string `json:"load,omitempty"` // of the last minute, when it began
	Go        string `json:"go"`
	Version   string `json:"version"`  // of llmspell
	Revision  string `json:"revision"` // of its source; with "-dirty" where that had changes
}

// Look describes this machine and this program. What the system does not tell is empty.
func Look() Environment {
	e := Environment{
		System: runtime.GOOS + "/" + runtime.GOARCH, Cores: runtime.NumCPU(), Go: runtime.Version(),
		Kernel: firstLine("/proc/sys/kernel/osrelease"), Processor: valueIn("/proc/cpuinfo", "model name"), Memory: valueIn("/proc/meminfo", "MemTotal"),
	}
	e.Load, _, _ = strings.Cut(firstLine("/proc/loadavg"), " ")
	if info, ok := debug.ReadBuildInfo(); ok {
		e.Version = info.Main.Version
		dirty := ""
		for _, s := range info.Settings {
			switch {
			case s.Key == "vcs.revision":
				e.Revision = s.Value[:min(len(s.Value), 12)]
			case s.Key == "vcs.modified" && s.Value == "true":
				dirty = "-dirty"
			}
		}
		if e.Revision != "" {
			e.Revision += dirty
		}
	}
	return e
}

// String is the header of a report.
func (e Environment) String() string {
	var b strings.Builder
	for _, f := range []struct{ name, value string }{
		{"llmspell", strings.TrimSpace(e.Version + " " + e.Revision)}, {"go", e.Go}, {"system", strings.TrimSpace(e.System + " " + e.Kernel)},
		{"processor", fmt.Sprintf("%d x %s", e.Cores, orUnknown(e.Processor))}, {"memory", e.Memory}, {"load", e.Load},
	} {
		if f.value != "" {
			fmt.Fprintf(&b, "%s: %s\n", f.name, f.value)
		}
	}
	return b.String()
}

func orUnknown(s string) string {
	if s == "" {
		return "unknown"
	}
	return s
}

func firstLine(path string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	line, _, _ := strings.Cut(string(text), "\n")
	return line
}

// valueIn returns the value of the first line "name : value".
func valueIn(path, name string) string {
	f, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if key, value, ok := strings.Cut(lines.Text(), ":"); ok && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return ""
}
