package kernel

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/llmspell/llmspell/config"
	"github.com/llmspell/llmspell/memory"
	"github.com/llmspell/llmspell/memory/embed"
)

// embedOptions returns what the configuration says of how texts become vectors.
func embedOptions(c *config.Config) memory.EmbedOptions {
	e := c.Runtime.Memory.Embedder
	if e.Type == "" || e.Type == "none" {
		return memory.EmbedOptions{}
	}
	return memory.EmbedOptions{Batch: e.BatchSize, Patience: time.Duration(e.WaitSeconds) * time.Second, Open: func(ctx context.Context) (embed.Embedder, error) {
		opened, err := openEmbedder(ctx, c)
		if err != nil {
			return nil, fmt.Errorf("runtime.memory.embedder: %w", err)
		}
		return opened, nil
	}}
}

func openEmbedder(ctx context.Context, c *config.Config) (embed.Embedder, error) {
	e := c.Runtime.Memory.Embedder
	if e.Type == "file" {
		if e.Path == "" {
			return nil, fmt.Errorf("path is not set: it names a file of word vectors, in the form of GloVe or word2vec")
		}
		return embed.OpenFile(ctx, embed.FileOptions{Path: e.Path, Equal: e.Weights == "equal", CacheDir: filepath.Join(dataDir(c), "words")})
	}
	if e.URL == "" {
		return nil, fmt.Errorf("url is not set: it is the address of a server, such as http://localhost:11434/v1")
	}
	key, err := (&config.Provider{APIKeyEnv: e.APIKeyEnv, APIKey: e.APIKey}).Key(os.LookupEnv)
	if err != nil {
		return nil, err
	}
	name := "api_key"
	if e.APIKeyEnv != "" {
		name = "$" + e.APIKeyEnv
	}
	return embed.NewEndpoint(embed.EndpointOptions{URL: e.URL, Model: e.Model, Key: key, KeyName: name, Dimensions: e.Dimensions, Base64: e.Encoding == "base64", Batch: e.BatchSize,
		Timeout: time.Duration(e.TimeoutSeconds) * time.Second, Retries: cmp.Or(e.MaxRetries, -1), QueryPrefix: e.QueryPrefix, DocumentPrefix: e.DocumentPrefix})
}

// priors returns what the configuration says counts in searches besides what is asked.
func priors(c *config.Config) memory.Priors {
	s := c.Runtime.Memory.Search
	return memory.Priors{Recency: s.RecencyWeight, Importance: s.ImportanceWeight, HalfLife: time.Duration(s.RecencyHalfLifeDays * 24 * float64(time.Hour))}
}
