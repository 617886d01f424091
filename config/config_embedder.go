package config

// Embedder makes vectors of texts. Without one searches are by words.
type Embedder struct {
	Type           string `toml:"type" enum:"none|openai|file" project:"no" doc:"openai: any server that speaks OpenAI's /v1/embeddings, such as Ollama and llama.cpp; file: a file of word vectors"`
	URL            string `toml:"url" alias:"base_url" secret:"url" project:"no" doc:"openai: the server's address, such as http://localhost:11434/v1"`
	Model          string `toml:"model" project:"no" doc:"openai: the model, such as nomic-embed-text"`
	APIKeyEnv      string `toml:"api_key_env" project:"no" doc:"openai: the environment variable that holds the key"`
	APIKey         string `toml:"api_key" secret:"yes" project:"no" doc:"openai: the key; better name a variable in api_key_env, or write ${NAME}"`
	Dimensions     int    `toml:"dimensions" min:"0" max:"65536" project:"no" doc:"openai: ask for vectors of so many numbers, of models that can; 0: as many as the model gives"`
	Encoding       string `toml:"encoding" enum:"float|base64" project:"no" doc:"openai: how vectors are asked for; base64 is a fifth of the bytes, and not all servers know it"`
	BatchSize      int    `toml:"batch_size" min:"1" max:"2048" project:"no" doc:"how many texts go into a request; if no more turns than these lack a vector, a search makes them first"`
	TimeoutSeconds int64  `toml:"timeout_seconds" unit:"s" min:"1" max:"3600" project:"no" doc:"openai: how long one request may take"`
	WaitSeconds    int64  `toml:"wait_seconds" unit:"s" min:"1" max:"3600" project:"no" doc:"how long a search waits for vectors; then it goes on by words, and says so"`
	MaxRetries     int    `toml:"max_retries" min:"0" max:"100" project:"no" doc:"openai: how often a request that failed is made again"`
	QueryPrefix    string `toml:"query_prefix" project:"no" doc:"openai: stands before each query, for models that want it, such as \"search_query: \""`
	DocumentPrefix string `toml:"document_prefix" project:"no" doc:"openai: stands before each text that is found, such as \"search_document: \""`
	Path           string `toml:"path" path:"yes" project:"no" doc:"file: word vectors in the text form of GloVe, or the text or binary form of word2vec"`
	Weights        string `toml:"weights" enum:"rank|equal" project:"no" doc:"file: rank: frequent words, which stand first, count less; equal: all count the same"`
}

// MemorySearch says what counts in searches besides what is asked.
type MemorySearch struct {
	RecencyWeight       float64 `toml:"recency_weight" min:"0" max:"10" doc:"by how much the score of what happened just now is greater; 0: by nothing"`
	RecencyHalfLifeDays float64 `toml:"recency_half_life_days" unit:"days" min:"0.001" max:"36500" doc:"of what is so old, by half of that"`
	ImportanceWeight    float64 `toml:"importance_weight" min:"0" max:"10" doc:"how much it counts that metadata has a number importance from 0 to 1; 0: nothing"`
}
