// Package config is the room for the configuration file and its layers. It is
// empty so far: the command is configured by flags, and its log by LLMSPELL_LOG.
package config
