package config

// Runtime says how scripts run.
type Runtime struct {
	MaxConcurrentScripts int              `toml:"max_concurrent_scripts" min:"0" max:"10000" doc:"older name of kernel.max_parallel, which wins; 0: as that says"`
	ScriptTimeoutSeconds int64            `toml:"script_timeout_seconds" unit:"s" min:"0" max:"604800" live:"yes" project:"lower" doc:"how long a script may run; 0: for ever. The shortest of the limits counts"`
	EnableStreaming      bool             `toml:"enable_streaming" planned:"yes" doc:"send output while a script runs; it always is"`
	Security             Security         `toml:"security" doc:"older form of permissions and limits"`
	StatePersistence     StatePersistence `toml:"state_persistence" prefix:"STATE" doc:"the global State"`
	Sessions             Sessions         `toml:"sessions" prefix:"SESSIONS" doc:"sessions and artifacts"`
	Memory               Memory           `toml:"memory" prefix:"MEMORY" doc:"what scripts and agents remember: the global Memory, llmspell memory"`
}

// Security is an older form of [permissions] and of the limits. A switch that is
// off changes nothing: what is denied stands in permissions.
type Security struct {
	AllowFileAccess    bool  `toml:"allow_file_access" env:"LLMSPELL_ALLOW_FILE_ACCESS" live:"yes" project:"false" doc:"all files may be read and written; false changes nothing"`
	AllowNetworkAccess bool  `toml:"allow_network_access" env:"LLMSPELL_ALLOW_NETWORK_ACCESS" live:"yes" project:"false" doc:"all public hosts may be reached; false changes nothing"`
	AllowProcessSpawn  bool  `toml:"allow_process_spawn" env:"LLMSPELL_ALLOW_PROCESS_SPAWN" live:"yes" project:"false" doc:"all programs may be run; false changes nothing"`
	MaxMemoryBytes     Size  `toml:"max_memory_bytes" unit:"bytes" min:"0" project:"lower" doc:"soft limit of the heap; 0: as engines.lua says. The smallest counts"`
	MaxExecutionTimeMs int64 `toml:"max_execution_time_ms" unit:"ms" min:"0" max:"604800000" live:"yes" project:"lower" doc:"how long a script may run; 0: as the others say. The shortest counts"`
}

// StatePersistence is the store behind the global State.
type StatePersistence struct {
	Enabled           bool   `toml:"enabled" project:"false" doc:"keep values; without it they end with the process"`
	BackendType       string `toml:"backend_type" alias:"backend" enum:"memory|sqlite" project:"no" doc:"memory: values end with the process"`
	MigrationEnabled  bool   `toml:"migration_enabled" doc:"allow State.migrate to change values"`
	BackupOnMigration bool   `toml:"backup_on_migration" doc:"make a backup before a migration"`
	BackupEnabled     bool   `toml:"backup_enabled" doc:"allow backups"`
	SchemaDirectory   string `toml:"schema_directory" planned:"yes" path:"yes" project:"no" doc:"folder with migrations"`
	MaxStateSizeBytes Size   `toml:"max_state_size_bytes" unit:"bytes" min:"1024" max:"1GiB" project:"lower" doc:"the largest value"`
	Backup            Backup `toml:"backup" doc:"backups"`
}

// Backup says where backups lie and which are kept.
type Backup struct {
	Dir         string `toml:"backup_dir" alias:"dir" path:"yes" project:"no" doc:"the folder; empty: below the data folder"`
	Compression bool   `toml:"compression_enabled" planned:"yes" alias:"compression" doc:"compress them"`
	MaxBackups  int    `toml:"max_backups" min:"0" max:"10000" project:"no" doc:"how many are kept; 0: all"`
	MaxAgeDays  int    `toml:"max_age_days" unit:"days" min:"0" max:"36500" project:"no" doc:"how long they are kept; 0: for ever"`
}

// Sessions says what is kept of sessions.
type Sessions struct {
	Enabled                      bool   `toml:"enabled" project:"false" doc:"keep sessions, their executions and artifacts"`
	MaxSessions                  int    `toml:"max_sessions" min:"0" max:"1000000" project:"no" doc:"how many are kept; 0: all"`
	MaxArtifactsPerSession       int    `toml:"max_artifacts_per_session" min:"0" max:"1000000" doc:"0: any number"`
	ArtifactCompressionThreshold Size   `toml:"artifact_compression_threshold" unit:"bytes" min:"0" doc:"artifacts from this size are compressed"`
	SessionTimeoutSeconds        int64  `toml:"session_timeout_seconds" planned:"yes" unit:"s" min:"0" max:"31536000" project:"no" doc:"a session that nobody used for this long is suspended; 0: never"`
	StorageBackend               string `toml:"storage_backend" enum:"memory|sqlite" project:"no" doc:"memory: sessions end with the process"`
}

// Memory is the memory of scripts and agents.
type Memory struct {
	Enabled            bool          `toml:"enabled" project:"false" doc:"whether there is one"`
	Backend            string        `toml:"backend" enum:"memory|sqlite|postgres" project:"no" doc:"memory: it ends with the process; postgres: several kernels share it"`
	DatabasePath       string        `toml:"database_path" path:"yes" project:"no" doc:"the file of sqlite; empty: memory.db in storage.base_dir"`
	DatabaseURL        string        `toml:"database_url" secret:"url" project:"no" doc:"the database of postgres, as postgres://user@host:5432/name?sslmode=verify-full; ${NAME} is an environment variable. What it lacks comes from PGHOST, PGUSER, PGPASSWORD, PGPASSFILE and the like"`
	Schema             string        `toml:"schema" project:"no" doc:"the schema of postgres; empty: llmspell"`
	StatementTimeoutMs int64         `toml:"statement_timeout_ms" unit:"ms" min:"0" max:"86400000" project:"no" doc:"how long a statement of postgres may take; 0: 30 seconds"`
	Pgvector           bool          `toml:"pgvector" project:"no" doc:"whether postgres finds the nearest vectors by its extension pgvector where that is there; else each process holds them, and finds them itself"`
	Tenant             string        `toml:"tenant" project:"no" doc:"whose memory it is; tenants see nothing of each other"`
	RetentionDays      int           `toml:"retention_days" unit:"days" min:"0" max:"36500" project:"no" doc:"a daemon forgets episodes that happened longer ago; 0: none. llmspell memory forget --older-than does it at once"`
	Retention          Retention     `toml:"retention" doc:"which episodes a daemon forgets beside those of retention_days, and which it does not"`
	Procedural         Procedural    `toml:"procedural" doc:"what is done again and again"`
	Embedder           Embedder      `toml:"embedder" doc:"what makes vectors of texts, so that searches find by meaning too"`
	Search             MemorySearch  `toml:"search" doc:"what counts in searches"`
	Consolidation      Consolidation `toml:"consolidation" doc:"from what was said to what is known"`
	Daemon             MemoryDaemon  `toml:"daemon" doc:"when a daemon consolidates"`
	Options            Free          `toml:"*" planned:"yes" doc:"further settings"`
}

// Retention says which episodes are kept.
type Retention struct {
	MaxPerSession int     `toml:"max_per_session" min:"0" max:"1000000000" project:"no" doc:"how many episodes of a session are kept; 0: any number. The least important go first, of these the oldest"`
	KeepImportant float64 `toml:"keep_important" min:"0" max:"1" project:"no" doc:"episodes whose metadata has an importance of so much or more are kept; 0: it does not count"`
	ProcessedOnly bool    `toml:"processed_only" project:"no" doc:"forget only what was consolidated"`
	KeepFacts     bool    `toml:"keep_facts" project:"no" doc:"keep what is known from episodes that are forgotten"`
	IntervalSecs  int64   `toml:"interval_secs" unit:"s" min:"1" max:"31536000" project:"no" doc:"how often a daemon looks"`
}

// Procedural says whether patterns are learned.
type Procedural struct {
	Enabled bool `toml:"enabled" project:"false" doc:"learn patterns from changes of the State and calls of tools: Memory.procedural, llmspell memory patterns"`
}

// Consolidation turns what was said into what is known.
type Consolidation struct {
	ProviderName               string `toml:"provider_name" planned:"yes" doc:"the provider whose model does it"`
	BatchSize                  int    `toml:"batch_size" min:"1" max:"10000" doc:"entries at a time"`
	MaxConcurrent              int    `toml:"max_concurrent" planned:"yes" min:"1" max:"1000" doc:"requests at a time"`
	ActiveSessionThresholdSecs int64  `toml:"active_session_threshold_secs" unit:"s" min:"0" doc:"a daemon passes by sessions in which something was taken in within this time"`
}

// MemoryDaemon says when memory is consolidated.
type MemoryDaemon struct {
	Enabled                 bool  `toml:"enabled" doc:"consolidate by itself"`
	FastIntervalSecs        int64 `toml:"fast_interval_secs" unit:"s" min:"1" doc:"with a long queue"`
	NormalIntervalSecs      int64 `toml:"normal_interval_secs" unit:"s" min:"1" doc:"usually"`
	SlowIntervalSecs        int64 `toml:"slow_interval_secs" unit:"s" min:"1" doc:"with little to do"`
	QueueThresholdFast      int   `toml:"queue_threshold_fast" min:"0" doc:"a longer queue is long"`
	QueueThresholdSlow      int   `toml:"queue_threshold_slow" min:"0" doc:"a shorter queue is little"`
	ShutdownMaxWaitSecs     int64 `toml:"shutdown_max_wait_secs" unit:"s" min:"0" doc:"how long it may go on at the end"`
	HealthCheckIntervalSecs int64 `toml:"health_check_interval_secs" planned:"yes" unit:"s" min:"1" doc:"how often it is looked at"`
}

// Hooks says how hooks are called.
type Hooks struct {
	Enabled                 bool         `toml:"enabled" live:"yes" doc:"call hooks"`
	TimeoutMs               int64        `toml:"timeout_ms" unit:"ms" min:"1" max:"600000" live:"yes" doc:"how long one call may take"`
	CircuitBreakerThreshold int          `toml:"circuit_breaker_threshold" min:"1" max:"1000" doc:"a hook that failed this often in a row is left out for a while"`
	RateLimitPerMinute      int64        `toml:"rate_limit_per_minute" planned:"yes" min:"0" doc:"calls of one hook a minute; see hooks.builtin.tools_per_minute"`
	Builtin                 HooksBuiltin `toml:"builtin" doc:"hooks that come with the kernel, for all sessions"`
	Thresholds              Thresholds   `toml:"thresholds" doc:"when a daemon runs the hooks of performance"`
}

// HooksBuiltin switches on hooks that come with the kernel. The zero value has none.
type HooksBuiltin struct {
	Logging        bool     `toml:"logging" doc:"log each hook point at level debug"`
	Metrics        bool     `toml:"metrics" doc:"count what happens at each point: llmspell_hook_points_total"`
	ToolsPerMinute int      `toml:"tools_per_minute" min:"0" max:"1000000" project:"lower" doc:"refuse calls of tools beyond so many a minute, all sessions together; 0: none"`
	RetryAttempts  int      `toml:"retry_attempts" min:"0" max:"100" project:"no" doc:"do failed calls of tools without side effects again that may work later, so often in all; 0: never"`
	RetryDelayMs   int64    `toml:"retry_delay_ms" unit:"ms" min:"1" max:"60000" project:"no" doc:"between the first two of them; doubled each time"`
	DenyTools      []string `toml:"deny_tools" project:"add" doc:"refuse these tools; * stands for any letters"`
}

// Thresholds are passed when the hooks of performance run. 0: they never do.
type Thresholds struct {
	MemoryBytes Size    `toml:"memory_bytes" unit:"bytes" min:"0" project:"no" doc:"resident memory of the kernel: MemoryUsageHigh; 0: never"`
	CPUPercent  float64 `toml:"cpu_percent" min:"0" max:"100000" project:"no" doc:"of one processor, over five seconds: CpuUsageHigh; 0: never"`
	OperationMs int64   `toml:"operation_ms" unit:"ms" min:"0" max:"604800000" project:"no" doc:"of an execution or a request: PerformanceThresholdExceeded; 0: never"`
}

// Events says how events are carried.
type Events struct {
	Enabled            bool            `toml:"enabled" doc:"carry events"`
	BufferSize         int             `toml:"buffer_size" min:"1" max:"10000000" doc:"events that may wait for one subscriber, and that the history holds"`
	Overflow           string          `toml:"overflow" enum:"drop_oldest|drop_newest|block|reject" doc:"what happens with one more"`
	EmitTimingEvents   bool            `toml:"emit_timing_events" planned:"yes" doc:"events that tell how long something took"`
	EmitStateEvents    bool            `toml:"emit_state_events" live:"yes" doc:"events of changes of the state"`
	EmitDebugEvents    bool            `toml:"emit_debug_events" planned:"yes" doc:"events for debugging"`
	MaxEventsPerSecond int64           `toml:"max_events_per_second" unit:"1/s" min:"0" doc:"more are refused; 0: any number"`
	Filtering          EventsFiltering `toml:"filtering" doc:"which events are carried"`
	Export             Free            `toml:"export" planned:"yes" project:"no" doc:"where else events go"`
}

// EventsFiltering names events; * stands for any letters. Empty lists of includes
// mean all.
type EventsFiltering struct {
	IncludeTypes      []string `toml:"include_types" doc:"only these types"`
	ExcludeTypes      []string `toml:"exclude_types" doc:"not these types"`
	IncludeComponents []string `toml:"include_components" planned:"yes" doc:"only events of these components"`
	ExcludeComponents []string `toml:"exclude_components" planned:"yes" doc:"not of these components"`
}

// Debug says what the global Debug shows.
type Debug struct {
	Enabled       bool   `toml:"enabled" planned:"yes" env:"LLMSPELL_DEBUG" doc:"whether Debug.log and the like do anything"`
	Level         string `toml:"level" planned:"yes" enum:"off|error|warn|info|debug|trace" doc:"the lowest level that is shown; see log.components for script, and Debug.setLevel"`
	Output        Free   `toml:"output" planned:"yes" project:"no" doc:"where it goes; it goes to the log"`
	ModuleFilters Free   `toml:"module_filters" planned:"yes" doc:"levels by module; scripts set them by Debug.addModuleFilter"`
	Performance   Free   `toml:"performance" planned:"yes" doc:"timers"`
	StackTrace    Free   `toml:"stack_trace" planned:"yes" doc:"stack traces"`
}

// Storage says where databases lie. Empty paths: below $XDG_DATA_HOME/llmspell.
type Storage struct {
	BaseDir      string `toml:"base_dir" path:"yes" project:"no" doc:"the folder of the databases state.db, sessions.db and history.db; empty: the data folder"`
	DatabasePath string `toml:"database_path" path:"yes" project:"no" doc:"the database of the global State; empty: state.db in base_dir"`
	SessionsDir  string `toml:"sessions_dir" path:"yes" project:"no" doc:"the folder of sessions.db; empty: base_dir"`
	SQLite       SQLite `toml:"sqlite" doc:"SQLite"`
}

// SQLite says how databases are opened.
type SQLite struct {
	JournalMode   string `toml:"journal_mode" enum:"WAL|DELETE|TRUNCATE" doc:"WAL lets others read while one writes; it does not work on network drives"`
	Synchronous   string `toml:"synchronous" enum:"NORMAL|FULL" doc:"FULL: what was acknowledged survives a power failure, too"`
	BusyTimeoutMs int64  `toml:"busy_timeout_ms" unit:"ms" min:"0" max:"600000" doc:"how long to wait for another process's write"`
}
