package config

import "time"

// Default returns the configuration of somebody who has configured nothing.
func Default() *Config {
	group := ToolGroup{Enabled: true}
	return &Config{
		DefaultEngine: "lua",
		Engines: Engines{Lua: Lua{
			Stdlib: "all", MaxMemoryBytes: 1 << 30, EnableDebug: true,
		}},
		Kernel: Kernel{
			MaxClients: 100, MaxMessageSizeMB: 16, MaxSessions: 100, QueueLength: 100, ClientQueueLength: 4096,
			IdleTimeout: time.Hour, ShutdownTimeout: 30 * time.Second, Port: -1, MetricsPort: -1,
		},
		Log:     Log{Level: "warn", Format: "compact", RotateSize: 10 << 20, RotateCount: 5},
		Metrics: Metrics{Enabled: true},
		Trace:   Trace{Endpoint: "http://127.0.0.1:4318", SampleRatio: 1, ServiceName: "llmspell"},
		Tools: Tools{
			Enabled: true, CacheEnabled: true, CacheSizeMB: 100, CacheTTLSeconds: 0,
			FileOperations: FileOperations{Enabled: true, AtomicWrites: true},
			WebSearch:      group, HTTPRequest: group, Network: group, WebTools: group, Media: group, Database: group,
			Email: group, Data: group, Academic: group, Document: group, Search: group,
		},
		Runtime: Runtime{
			EnableStreaming: true,
			StatePersistence: StatePersistence{
				Enabled: true, BackendType: "sqlite", MigrationEnabled: true, BackupOnMigration: true, BackupEnabled: true,
				MaxStateSizeBytes: 10 << 20, Backup: Backup{MaxBackups: 10, MaxAgeDays: 30},
			},
			Sessions: Sessions{
				Enabled: true, MaxSessions: 0, MaxArtifactsPerSession: 1000, ArtifactCompressionThreshold: 10240,
				SessionTimeoutSeconds: 0, StorageBackend: "sqlite",
			},
			Memory: Memory{
				Enabled: true, Backend: "sqlite", Pgvector: true,
				Retention:     Retention{IntervalSecs: 3600},
				Embedder:      Embedder{Type: "none", Encoding: "float", BatchSize: 64, TimeoutSeconds: 30, WaitSeconds: 5, MaxRetries: 3, Weights: "rank"},
				Search:        MemorySearch{RecencyHalfLifeDays: 30},
				Consolidation: Consolidation{BatchSize: 10, MaxConcurrent: 3, ActiveSessionThresholdSecs: 300},
				Daemon: MemoryDaemon{
					FastIntervalSecs: 30, NormalIntervalSecs: 300, SlowIntervalSecs: 600, QueueThresholdFast: 10,
					QueueThresholdSlow: 3, ShutdownMaxWaitSecs: 30, HealthCheckIntervalSecs: 60,
				},
			},
		},
		Hooks:  Hooks{Enabled: true, TimeoutMs: 5000, CircuitBreakerThreshold: 3, Builtin: HooksBuiltin{RetryDelayMs: 200}},
		Events: Events{Enabled: true, BufferSize: 10000, Overflow: "drop_oldest", EmitTimingEvents: true},
		Debug:  Debug{Enabled: true, Level: "info"},
		Storage: Storage{SQLite: SQLite{
			JournalMode: "WAL", Synchronous: "NORMAL", BusyTimeoutMs: 10000,
		}},
		RAG: RAG{VectorStorage: VectorStorage{
			Dimensions: 384, Backend: "hnsw", MaxMemoryMB: 1024,
			HNSW: HNSW{M: 16, EfConstruction: 200, EfSearch: 50, MaxElements: 100000, Metric: "cosine"},
		}},
		Web: Web{Host: "127.0.0.1", Port: 3000},
	}
}

// defaultProvider is what a provider begins with.
func defaultProvider() Provider {
	return Provider{Enabled: true, MaxTokens: 4096, TimeoutSeconds: 60, MaxRetries: 3}
}
