// Package embed makes vectors of texts, so that texts that mean the same are near each other.
//
// There are two embedders: an Endpoint, which asks any server that speaks OpenAI's
// /v1/embeddings (Ollama, llama.cpp, vLLM, OpenAI), and a File of word vectors
// (GloVe, word2vec, fastText), from which it takes the mean of a text's words.
//
// They promise: the vectors that Embed returns are of length 1, of one dimension, as many as
// there were texts, and in their order, whatever a server answers; else there is an error that says what
// was wrong and what to do, and shows no key. A text that has no vector, because it is empty or no
// word of it is known, gets none, and keeps no other from getting one.
//
// The package knows no store, and nothing of what the texts are.
package embed
