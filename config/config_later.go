package config

// Providers are those who serve language models. Nothing uses them yet.
type Providers struct {
	DefaultProvider string              `toml:"default_provider" doc:"the provider of those that name none"`
	Named           map[string]Provider `toml:"*" doc:"providers by name"`
}

// Provider serves language models.
type Provider struct {
	Name           string   `toml:"name" doc:"its name"`
	ProviderType   string   `toml:"provider_type" alias:"type" project:"no" doc:"openai, anthropic, gemini, ollama, candle, …"`
	Enabled        bool     `toml:"enabled" doc:"whether it is there"`
	BaseURL        string   `toml:"base_url" secret:"url" project:"no" doc:"its address"`
	APIKeyEnv      string   `toml:"api_key_env" project:"no" doc:"the environment variable that holds the key"`
	APIKey         string   `toml:"api_key" secret:"yes" project:"no" doc:"the key; better name a variable in api_key_env, or write ${NAME}"`
	DefaultModel   string   `toml:"default_model" alias:"model" doc:"the model of those that name none"`
	MaxTokens      int64    `toml:"max_tokens" min:"1" doc:"the longest answer"`
	TimeoutSeconds int64    `toml:"timeout_seconds" unit:"s" min:"1" max:"86400" doc:"of a request"`
	Temperature    *float64 `toml:"temperature" min:"0" max:"2" doc:"how varied answers are"`
	MaxRetries     int      `toml:"max_retries" min:"0" max:"100" doc:"how often a request is repeated"`
	RateLimit      Free     `toml:"rate_limit" doc:"requests and tokens a minute"`
	Retry          Free     `toml:"retry" doc:"when requests are repeated"`
	Options        Free     `toml:"options" project:"no" doc:"what only this provider knows"`
}

// RAG is retrieval. Nothing uses it yet.
type RAG struct {
	Enabled       bool          `toml:"enabled" doc:"whether there is one"`
	MultiTenant   bool          `toml:"multi_tenant" doc:"keep tenants apart"`
	VectorStorage VectorStorage `toml:"vector_storage" doc:"where vectors lie"`
	Embedding     Free          `toml:"embedding" project:"no" doc:"how texts become vectors"`
	Chunking      Free          `toml:"chunking" doc:"how texts are cut"`
	Cache         Free          `toml:"cache" doc:"what is kept"`
}

// VectorStorage is where vectors lie.
type VectorStorage struct {
	Dimensions      int    `toml:"dimensions" min:"1" max:"65536" doc:"of a vector"`
	Backend         string `toml:"backend" enum:"memory|hnsw|sqlite|postgres" doc:"the store"`
	PersistencePath string `toml:"persistence_path" path:"yes" project:"no" doc:"the folder"`
	MaxMemoryMB     int    `toml:"max_memory_mb" unit:"MB" min:"1" doc:"the memory for vectors"`
	HNSW            HNSW   `toml:"hnsw" doc:"the index"`
}

// HNSW are the parameters of the index.
type HNSW struct {
	M              int    `toml:"m" min:"2" max:"256" doc:"neighbours of a vector"`
	EfConstruction int    `toml:"ef_construction" min:"1" max:"10000" doc:"candidates while building"`
	EfSearch       int    `toml:"ef_search" min:"1" max:"10000" doc:"candidates while searching"`
	MaxElements    int    `toml:"max_elements" min:"1" doc:"vectors"`
	Metric         string `toml:"metric" enum:"cosine|euclidean|inner_product" doc:"what near means"`
	Options        Free   `toml:"*" doc:"further settings"`
}

// Web is the web interface. Nothing uses it yet.
type Web struct {
	Enabled bool   `toml:"enabled" project:"no" doc:"whether there is one"`
	Host    string `toml:"host" project:"no" doc:"the address that is listened on"`
	Port    int    `toml:"port" min:"0" max:"65535" project:"no" doc:"the port"`
	Options Free   `toml:"*" project:"no" doc:"further settings"`
}
