package config

// Tools says how tools are called.
type Tools struct {
	Enabled            bool  `toml:"enabled" project:"false" doc:"whether scripts have tools at all"`
	TimeoutSeconds     int64 `toml:"timeout_seconds" unit:"s" min:"0" max:"86400" project:"lower" doc:"how long a call may take whose tool does not say; 0: 30 s"`
	CacheEnabled       bool  `toml:"cache_enabled" doc:"keep results of calls that always give the same"`
	CacheSizeMB        int   `toml:"cache_size_mb" unit:"MB" min:"1" max:"65536" project:"lower" doc:"the memory for results"`
	CacheTTLSeconds    int64 `toml:"cache_ttl_seconds" unit:"s" min:"0" max:"2592000" doc:"how long a result is kept at most; 0: as each tool says"`
	RateLimitPerMinute int64 `toml:"rate_limit_per_minute" min:"0" planned:"yes" doc:"calls a minute; 0: any number"`

	Settings map[string]map[string]string `toml:"settings" secret:"maybe" project:"no" doc:"settings of a tool by its name, as docs/tools.md lists them; ${NAME} is an environment variable"`

	FileOperations FileOperations `toml:"file_operations" doc:"tools that work on files"`
	System         System         `toml:"system" doc:"tools that run programs"`

	WebSearch   ToolGroup       `toml:"web_search" planned:"yes" project:"no" doc:"search on the web; see tools.settings.web-searcher"`
	HTTPRequest ToolGroup       `toml:"http_request" planned:"yes" project:"no" doc:"HTTP requests"`
	Network     ToolGroup       `toml:"network" planned:"yes" project:"no" doc:"the network"`
	WebTools    ToolGroup       `toml:"web_tools" planned:"yes" project:"no" doc:"web pages"`
	Media       ToolGroup       `toml:"media" planned:"yes" project:"no" doc:"images, sound, video"`
	Database    ToolGroup       `toml:"database" planned:"yes" project:"no" doc:"databases"`
	Email       ToolGroup       `toml:"email" planned:"yes" project:"no" doc:"mail; see tools.settings.email-sender"`
	Data        ToolGroup       `toml:"data" planned:"yes" project:"no" doc:"data"`
	Academic    ToolGroup       `toml:"academic" planned:"yes" project:"no" doc:"citations"`
	Document    ToolGroup       `toml:"document" planned:"yes" project:"no" doc:"documents"`
	Search      ToolGroup       `toml:"search" planned:"yes" project:"no" doc:"search"`
	Custom      map[string]Free `toml:"custom" planned:"yes" project:"no" doc:"tools of others"`
}

// ToolGroup is a group of tools whose settings are not fixed.
type ToolGroup struct {
	Enabled bool `toml:"enabled" doc:"whether these tools are there"`
	Options Free `toml:"*" doc:"further settings"`
}

// FileOperations says what tools may do to files.
type FileOperations struct {
	Enabled           bool     `toml:"enabled" planned:"yes" doc:"whether these tools are there"`
	AllowedPaths      []string `toml:"allowed_paths" path:"yes" live:"yes" project:"no" doc:"paths that may be read and written: as permissions.allow_read and allow_write"`
	MaxFileSize       Size     `toml:"max_file_size" unit:"bytes" min:"0" planned:"yes" doc:"the largest file; 0: as each tool says"`
	AtomicWrites      bool     `toml:"atomic_writes" planned:"yes" doc:"write files whole or not at all; they always are"`
	MaxDepth          int      `toml:"max_depth" min:"0" max:"1000" planned:"yes" doc:"how deep folders are searched; 0: as each tool says"`
	AllowedExtensions []string `toml:"allowed_extensions" planned:"yes" doc:"only files that end so"`
	BlockedExtensions []string `toml:"blocked_extensions" planned:"yes" doc:"no files that end so"`
	ValidateFileTypes bool     `toml:"validate_file_types" planned:"yes" doc:"compare a file's content with its name"`
}

// System says which programs tools may run.
type System struct {
	AllowProcessExecution bool     `toml:"allow_process_execution" live:"yes" project:"false" doc:"every program may be run; false changes nothing"`
	AllowedCommands       []string `toml:"allowed_commands" live:"yes" project:"no" doc:"programs that may be run: as permissions.allow_run"`
	AllowedEnvVars        []string `toml:"allowed_env_vars" live:"yes" project:"no" doc:"variables that may be read: as permissions.allow_env"`
	MaxOutputSize         Size     `toml:"max_output_size" unit:"bytes" min:"0" planned:"yes" doc:"what is kept of a program's output; 0: as the tool says"`
	CommandTimeoutSeconds int64    `toml:"command_timeout_seconds" unit:"s" min:"0" max:"86400" planned:"yes" doc:"how long a program may run; 0: as the tool says"`
}

// MCP are the servers of the Model Context Protocol.
type MCP struct {
	Config  string               `toml:"config" path:"yes" env:"LLMSPELL_MCP_CONFIG" project:"no" doc:"a JSON file with servers, in the form that most clients use (flag --mcp-config)"`
	Servers map[string]MCPServer `toml:"servers" project:"no" doc:"servers by name; a command or a url each"`
}

// MCPServer says how one server is reached. In its strings ${NAME} stands for an
// environment variable and ${NAME:-default} for one that may be missing.
type MCPServer struct {
	Type      string            `toml:"type" enum:"|stdio|http|streamable-http" doc:"ignored: a command speaks stdio, a url HTTP"`
	Command   string            `toml:"command" doc:"the program"`
	Args      []string          `toml:"args" secret:"yes" doc:"its arguments"`
	Env       map[string]string `toml:"env" secret:"yes" doc:"variables that it sees"`
	Cwd       string            `toml:"cwd" path:"yes" doc:"its working folder"`
	URL       string            `toml:"url" secret:"url" doc:"the server's address, http or https"`
	Headers   map[string]string `toml:"headers" secret:"yes" doc:"sent with each request"`
	TimeoutMs int64             `toml:"timeout_ms" alias:"timeout" unit:"ms" min:"0" max:"86400000" doc:"of a call; 0: 60 s"`
	Disabled  bool              `toml:"disabled" doc:"listed, and never started"`
}
