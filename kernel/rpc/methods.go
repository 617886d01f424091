package rpc

// methods is the table of methods. docs/rpc.md is made of it.
func methods() []*method {
	return []*method{
		quick("kernel.hello", "The first request of a client. It tells who it is, and what its sessions are like unless they say otherwise.", (*peer).greets),
		quick("kernel.status", "Tells how the kernel is.", (*peer).status),
		quick("kernel.shutdown", "Begins the shutdown. It is answered when the shutdown has begun; it has ended when the connection does.", (*peer).shutdown),
		slow("kernel.reload", "Reads the configuration again.", (*peer).reload),
		quick("kernel.log", "Sets the levels of the log, or tells them.", (*peer).logLevels),
		slow("kernel.profile", "Makes a profile of the kernel's process.", (*peer).profile),

		slow("session.create", "Makes a session.", (*peer).createSession).isWork(),
		quick("session.list", "Lists the sessions that exist.", (*peer).listSessions),
		quick("session.info", "Describes a session.", (*peer).sessionInfo),
		slow("session.close", "Ends what runs in a session, and the session.", (*peer).closeSession),
		slow("session.records.list", "Lists sessions on disk, those that live and those that have ended.", (*peer).listRecords),
		slow("session.records.get", "Describes a session on disk.", (*peer).getRecord),
		slow("session.records.create", "Makes a session on disk. session.create with its id as record executes in it.", (*peer).createRecord).isWork(),
		slow("session.records.update", "Changes what is known of a session on disk.", (*peer).updateRecord).isWork(),
		slow("session.records.setStatus", "Completes, suspends or resumes a session on disk, says that it has failed, or archives it.", (*peer).setRecordStatus).isWork(),
		slow("session.records.delete", "Deletes sessions on disk, with their journals and artifacts.", (*peer).deleteRecords).isWork(),
		slow("session.records.cleanup", "Deletes sessions on disk that are old, and tells which.", (*peer).cleanRecords).isWork(),
		slow("session.records.collect", "Deletes what broken-off writes have left.", (*peer).collectRecords).isWork(),
		slow("session.records.variables", "Gives the variables that a session on disk keeps.", (*peer).recordVariables),
		slow("session.records.checkpoints", "Lists the checkpoints of a session on disk.", (*peer).recordCheckpoints),
		slow("session.records.executions", "Gives the journal of a session on disk, a page at a time.", (*peer).recordExecutions),
		slow("session.records.artifacts", "Lists the artifacts of a session on disk, a page at a time, or describes one.", (*peer).recordArtifacts),
		slow("session.records.readArtifact", "Gives the content of an artifact, which it compares with its hash, as a transfer.", (*peer).readArtifact),
		slow("session.records.verify", "Reads artifacts and compares them with their hashes.", (*peer).verifyRecords),
		slow("session.records.export", "Gives a session on disk, with its journal and artifacts, as a transfer.", (*peer).exportRecord),
		slow("session.records.import", "Makes a session on disk of a transfer, which session.records.export has given.", (*peer).importRecord).isWork(),
		slow("session.records.replay", "Runs the executions of a session on disk again, in sessions of their own, and compares.", (*peer).replayRecord).isWork(),

		runMethod(),
		quick("exec.isComplete", "Tells whether code could be executed as it is, or goes on in the next line.", (*peer).isComplete),
		slow("exec.complete", "Proposes how code goes on at a position. It is answered while the session runs.", (*peer).complete),
		slow("exec.inspect", "Tells about the name at a position in code. It is answered while the session runs.", (*peer).inspect),
		slow("exec.variables", "Lists the globals that scripts have made, or the entries of a value. It is answered while the session runs.", (*peer).variables),
		quick("exec.stdin", "Sends input to a script, after exec.input has asked for it.", (*peer).stdin),
		quick("exec.flushed", "Tells that output is where it should be, after exec.flush has asked for it.", (*peer).flushed),
		quick("exec.interrupt", "Ends executions. Their sessions stay, with their variables.", (*peer).interrupt),

		quick("tool.list", "Lists the tools.", (*peer).listTools),
		quick("tool.info", "Describes a tool.", (*peer).toolInfo),
		quick("tool.search", "Finds tools by what they do.", (*peer).searchTools),
		invokeMethod(),

		slow("state.get", "Reads a value of the store behind the global State.", (*peer).stateGet),
		slow("state.set", "Writes a value, or compares and sets. It is answered when the value is safe.", (*peer).stateSet).isWork(),
		slow("state.delete", "Deletes a value.", (*peer).stateDelete).isWork(),
		slow("state.list", "Lists the values of a scope, a page at a time.", (*peer).stateList),
		slow("state.clear", "Deletes all values of a scope.", (*peer).stateClear).isWork(),
		slow("state.scopes", "Lists the scopes that have values.", (*peer).stateScopes),
		slow("state.export", "Gives all values, or those of a scope, as a transfer.", (*peer).stateExport),
		slow("state.import", "Reads values from a transfer, which state.export has given: all of them, or none.", (*peer).stateImport).isWork(),
		slow("state.check", "Reads everything in the store, and compares the checksums.", (*peer).stateCheck),
		slow("state.backups.list", "Lists the backups of the store.", (*peer).listStateBackups),
		slow("state.backups.create", "Makes a backup of the store.", (*peer).createStateBackup).isWork(),
		slow("state.backups.validate", "Reads all of a backup, and compares its checksums.", (*peer).validateStateBackup),
		slow("state.backups.restore", "Puts a backup in the place of what is in the store. The result is a backup of what was there before.", (*peer).restoreStateBackup).isWork(),
		slow("state.backups.delete", "Deletes a backup.", (*peer).deleteStateBackup).isWork(),
		slow("state.backups.cleanup", "Deletes old backups, and tells which.", (*peer).cleanStateBackups).isWork(),

		slow("transfer.begin", "Makes an empty transfer, for the client to write.", (*peer).beginTransfer),
		slow("transfer.write", "Adds to the end of a transfer. Requests on one transfer are worked on in the order of arrival. After a write that has failed, or was too large to be read, the transfer takes no more, and cannot be imported; a message that cannot be read, and does not tell what it is, counts as a write to all transfers.", (*peer).writeTransfer),
		slow("transfer.read", "Gives a part of a transfer.", (*peer).readTransfer),
		slow("transfer.end", "Ends a transfer.", (*peer).endTransfer),

		quick("events.publish", "Publishes an event.", (*peer).publish).isWork(),
		quick("events.subscribe", "Asks for events, which come as notifications events.event until events.unsubscribe or the end of the connection.", (*peer).subscribe),
		quick("events.unsubscribe", "Ends a subscription.", (*peer).unsubscribe),
		quick("events.history", "Lists past events, as far as the kernel keeps them.", (*peer).eventHistory),
		quick("hooks.list", "Lists the hooks of the kernel.", (*peer).listHooks),

		quick("debug.attach", "Turns the connection into one of the Debug Adapter Protocol, to a session. Nothing else may be in flight on it.", (*peer).debug),
		quick("$/cancelRequest", "Cancels a request of this connection.", (*peer).cancelRequest),
		quick("$/ping", "Does nothing: a sign of life.", func(*peer, ctx, *Empty) (Empty, error) { return Empty{}, nil }),
	}
}

// notifications lists what the kernel sends on its own account.
func notifications() []*method {
	return []*method{
		notification[ExecStatus]("exec.status", "An execution waits in its session's queue, or begins to run."),
		notification[ExecStream]("exec.stream", "Output of a script. What it prints comes in order, and before the answer to exec.run."),
		notification[ExecInput]("exec.input", "A script waits for input."),
		notification[ExecFlush]("exec.flush", "A script waits until its output is written."),
		notification[EventNotice]("events.event", "An event that a subscription has asked for."),
	}
}
