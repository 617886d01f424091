package config

import "time"

// Config is the whole configuration. Default gives one that is complete; Load
// gives one with the user's values.
type Config struct {
	// DefaultEngine is the scripting engine; only lua exists.
	DefaultEngine string      `toml:"default_engine" enum:"lua" env:"LLMSPELL_ENGINE" doc:"the engine that runs scripts"`
	Engines       Engines     `toml:"engines" doc:"the scripting engines and their limits"`
	Permissions   Permissions `toml:"permissions" alias:"sandbox" doc:"what scripts and tools may touch, beyond the flags"`
	Kernel        Kernel      `toml:"kernel" doc:"the kernel and its daemon"`
	Log           Log         `toml:"log" alias:"logging" doc:"the log"`
	Metrics       Metrics     `toml:"metrics" doc:"Prometheus metrics"`
	Trace         Trace       `toml:"trace" doc:"OpenTelemetry traces"`
	Tools         Tools       `toml:"tools" doc:"the tools"`
	MCP           MCP         `toml:"mcp" doc:"servers of the Model Context Protocol whose tools scripts use"`
	Runtime       Runtime     `toml:"runtime" doc:"running scripts: limits, state, sessions"`
	Hooks         Hooks       `toml:"hooks" doc:"hooks"`
	Events        Events      `toml:"events" doc:"events"`
	Lint          Lint        `toml:"lint" doc:"what llmspell check and the language server find in Lua files"`
	Debug         Debug       `toml:"debug" doc:"the global Debug"`
	Storage       Storage     `toml:"storage" doc:"where databases lie"`
	Providers     Providers   `toml:"providers" planned:"yes" doc:"language models: who serves them"`
	RAG           RAG         `toml:"rag" planned:"yes" doc:"retrieval"`
	Web           Web         `toml:"web" planned:"yes" doc:"the web interface"`
	Protocols     Free        `toml:"protocols" planned:"yes" project:"no" doc:"ports of dap, lsp and repl; the flags of these commands say them now"`
	IDE           Free        `toml:"ide" planned:"yes" doc:"editors"`
	Profiling     Free        `toml:"profiling" planned:"yes" doc:"profiles"`
	Transport     Free        `toml:"transport" planned:"yes" project:"no" doc:"sockets of the ZeroMQ transport"`
}

// Free is a table whose shape is not fixed: strings, int64, float64, bool, arrays
// ([]any) and tables (map[string]any) of them.
type Free map[string]any

// Size is a number of bytes. In a file it is a number, or a text such as "256MiB".
type Size int64

// Engines are the scripting engines.
type Engines struct {
	Lua        Lua             `toml:"lua" doc:"Lua 5.1"`
	JavaScript Free            `toml:"javascript" planned:"yes" doc:"there is no such engine"`
	Python     Free            `toml:"python" planned:"yes" doc:"there is no such engine"`
	Custom     map[string]Free `toml:"custom" planned:"yes" doc:"engines of others"`
}

// Lua is the Lua engine. Limits of 0 mean that there is none.
type Lua struct {
	Stdlib          string `toml:"stdlib" planned:"yes" enum:"none|basic|all" project:"stricter" doc:"which libraries scripts see; they see all, within their permissions"`
	MaxMemoryBytes  Size   `toml:"max_memory_bytes" alias:"max_memory" unit:"bytes" min:"0" project:"lower" doc:"soft limit of the heap; 0: none (flag --max-memory)"`
	TimeoutMs       int64  `toml:"timeout_ms" unit:"ms" min:"0" max:"604800000" project:"lower" doc:"how long a script may run; 0: for ever (flag --timeout)"`
	MaxInstructions int64  `toml:"max_instructions" min:"0" project:"lower" doc:"how many VM instructions a script may run; 0: any number (flag --max-instructions)"`
	EnableDebug     bool   `toml:"enable_debug" planned:"yes" doc:"whether scripts can be debugged; they always can"`
	SecurityLevel   string `toml:"security_level" enum:"|safe|restricted|privileged" project:"stricter" doc:"older name of permissions.profile, which wins; privileged is trusted"`
}

// Permissions is what scripts may touch, as the flags --sandbox, --allow-KIND and
// --deny-KIND say it. A list whose only entry is "*" means everything, in a file
// also true.
type Permissions struct {
	Profile    string   `toml:"profile" enum:"|safe|restricted|trusted" env:"LLMSPELL_SANDBOX" live:"yes" project:"stricter" doc:"what is allowed to begin with; empty: restricted (flag --sandbox)"`
	AllowRead  []string `toml:"allow_read" alias:"read" env:"LLMSPELL_ALLOW_READ" path:"yes" live:"yes" project:"no" doc:"paths that may be read"`
	AllowWrite []string `toml:"allow_write" alias:"write" env:"LLMSPELL_ALLOW_WRITE" path:"yes" live:"yes" project:"no" doc:"paths that may be written"`
	AllowNet   []string `toml:"allow_net" alias:"net" env:"LLMSPELL_ALLOW_NET" live:"yes" project:"no" doc:"hosts: example.org, example.org:443, *.example.org, 10.0.0.0/8"`
	AllowRun   []string `toml:"allow_run" alias:"run" env:"LLMSPELL_ALLOW_RUN" live:"yes" project:"no" doc:"programs"`
	AllowEnv   []string `toml:"allow_env" alias:"env" env:"LLMSPELL_ALLOW_ENV" live:"yes" project:"no" doc:"environment variables; * stands for any letters"`
	AllowDB    []string `toml:"allow_db" alias:"db" env:"LLMSPELL_ALLOW_DB" live:"yes" project:"no" doc:"addresses of databases, with :ro or :rw behind"`
	DenyRead   []string `toml:"deny_read" path:"yes" live:"yes" project:"add" doc:"paths that may not be read, whatever is allowed"`
	DenyWrite  []string `toml:"deny_write" path:"yes" live:"yes" project:"add" doc:"paths that may not be written"`
	DenyNet    []string `toml:"deny_net" live:"yes" project:"add" doc:"hosts that may not be reached"`
	DenyRun    []string `toml:"deny_run" live:"yes" project:"add" doc:"programs that may not be run"`
	DenyEnv    []string `toml:"deny_env" live:"yes" project:"add" doc:"environment variables that may not be read"`
	DenyDB     []string `toml:"deny_db" live:"yes" project:"add" doc:"databases that may not be used"`
}

// Kernel holds the limits and addresses of a kernel. Queues are bounded: what
// does not fit is refused with an error, never kept for ever.
type Kernel struct {
	MaxClients         int           `toml:"max_clients" alias:"max_concurrent_clients" min:"1" max:"10000" project:"no" doc:"clients that may be connected at a time (flag --max-clients)"`
	MaxMessageSizeMB   int           `toml:"max_message_size_mb" unit:"MB" min:"1" max:"1024" project:"no" doc:"the largest message of a client"`
	MaxSessions        int           `toml:"max_sessions" min:"1" max:"100000" live:"yes" project:"no" doc:"sessions that may exist at a time"`
	MaxParallel        int           `toml:"max_parallel" min:"0" max:"10000" project:"no" doc:"sessions that run at a time; 0: as many as there are processors"`
	QueueLength        int           `toml:"queue_length" min:"1" max:"100000" live:"yes" project:"no" doc:"executions that may wait in a session"`
	ClientQueueLength  int           `toml:"client_queue_length" planned:"yes" min:"16" max:"1000000" project:"no" doc:"messages that may wait for a client; one that is slower is dropped"`
	IdleTimeout        time.Duration `toml:"idle_timeout" min:"0" max:"8760h" live:"yes" project:"no" doc:"a daemon without clients and executions ends after this long; 0: never (flag --idle-timeout)"`
	SessionIdleTimeout time.Duration `toml:"session_idle_timeout" min:"0" max:"8760h" live:"yes" project:"no" doc:"a session without client and execution is closed after this long; 0: never"`
	ExecutionTimeout   time.Duration `toml:"execution_timeout" alias:"timeout_seconds" min:"0" max:"8760h" live:"yes" project:"lower" doc:"an execution ends after this long; 0: never"`
	ShutdownTimeout    time.Duration `toml:"shutdown_timeout" min:"0" max:"1h" live:"yes" project:"no" doc:"how long executions may go on when the kernel shuts down"`
	Port               int           `toml:"port" min:"-1" max:"65535" project:"no" doc:"also listen on TCP, on loopback; 0 picks a port, -1: only on the unix socket (flag --port)"`
	MetricsPort        int           `toml:"metrics_port" min:"-1" max:"65535" project:"no" doc:"serve metrics there, on loopback; 0 picks a port, -1: do not (flag --metrics-port)"`
	ConnectionFile     string        `toml:"connection_file" path:"yes" project:"no" doc:"where a daemon writes how it is reached; empty: in its run folder (flag --connection-file)"`
}

// Lint says what is found in Lua files without running them. What a project's
// .luarc.json says wins.
type Lint struct {
	Globals  []string          `toml:"globals" doc:"global variables that something else defines"`
	Exclude  []string          `toml:"exclude" doc:"files and folders that are not checked: patterns as in a .gitignore, such as build/ and *.gen.lua"`
	Severity map[string]string `toml:"severity" enum:"off|hint|information|warning|error" doc:"severities of findings by their codes, which docs/check.md lists, or by other checkers' names for them"`
}

// Log says what is logged, how, and where to. LLMSPELL_LOG and
// LLMSPELL_LOG_FORMAT win, then the flag --trace.
type Log struct {
	Level          string            `toml:"level" enum:"off|error|warn|info|debug|trace" live:"yes" doc:"the lowest level that is logged"`
	Format         string            `toml:"format" enum:"compact|json|pretty|text" live:"yes" doc:"how lines look"`
	File           string            `toml:"file" path:"yes" live:"yes" project:"no" doc:"the file that is logged to; empty: stderr; a daemon without one logs below the state folder"`
	RotateSize     Size              `toml:"rotate_size" unit:"bytes" min:"0" max:"1TiB" live:"yes" project:"no" doc:"the file is put aside before it grows beyond this; 0: never"`
	RotateCount    int               `toml:"rotate_count" min:"0" max:"1000" live:"yes" project:"no" doc:"how many files that were put aside are kept"`
	RotateCompress bool              `toml:"rotate_compress" live:"yes" project:"no" doc:"compress files that were put aside (gzip)"`
	Components     map[string]string `toml:"components" enum:"off|error|warn|info|debug|trace" live:"yes" doc:"levels by component, such as dap or kernel.rpc"`
}

// Metrics says what is counted.
type Metrics struct {
	Enabled bool `toml:"enabled" planned:"yes" doc:"count; a kernel that serves no metrics pays nothing for them, and --metrics-port serves all"`
}

// Trace says where OpenTelemetry traces go.
type Trace struct {
	Enabled     bool              `toml:"enabled" project:"no" doc:"send traces"`
	Endpoint    string            `toml:"endpoint" project:"no" doc:"the collector's address for OTLP over HTTP, such as http://127.0.0.1:4318"`
	SampleRatio float64           `toml:"sample_ratio" min:"0" max:"1" doc:"the part of traces that is sent"`
	ServiceName string            `toml:"service_name" doc:"the service's name in traces"`
	Headers     map[string]string `toml:"headers" secret:"yes" project:"no" doc:"sent with each request; ${NAME} is an environment variable"`
}
