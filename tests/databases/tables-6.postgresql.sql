CREATE TABLE app_revisions (
	app_seq BIGINT NOT NULL, 
	revision INTEGER NOT NULL, 
	updated BIGINT NOT NULL, 
	description TEXT NOT NULL, 
	PRIMARY KEY (app_seq, revision)
);
CREATE TABLE apps (
	seq BIGINT NOT NULL, 
	name VARCHAR(1024) NOT NULL, 
	created BIGINT NOT NULL, 
	next_revision INTEGER NOT NULL, 
	PRIMARY KEY (seq), 
	UNIQUE (name)
);
CREATE TABLE attempts (
	attempt_id VARCHAR(255) NOT NULL, 
	machine_seq BIGINT NOT NULL, 
	job_seq BIGINT NOT NULL, 
	task_pos INTEGER NOT NULL, 
	idx INTEGER NOT NULL, 
	number INTEGER NOT NULL, 
	cancelled BOOLEAN NOT NULL, 
	PRIMARY KEY (attempt_id)
);
CREATE TABLE cluster_logs (
	cluster_seq BIGINT NOT NULL, 
	number BIGINT NOT NULL, 
	line TEXT NOT NULL, 
	PRIMARY KEY (cluster_seq, number)
);
CREATE TABLE clusters (
	seq BIGINT NOT NULL, 
	id VARCHAR(64) NOT NULL, 
	state VARCHAR(16) NOT NULL, 
	created BIGINT NOT NULL, 
	description TEXT NOT NULL, 
	auto BOOLEAN NOT NULL, 
	PRIMARY KEY (seq), 
	UNIQUE (id)
);
CREATE TABLE counters (
	name VARCHAR(64) NOT NULL, 
	value BIGINT NOT NULL, 
	PRIMARY KEY (name)
);
CREATE TABLE groups (
	cluster_seq BIGINT NOT NULL, 
	name VARCHAR(64) NOT NULL, 
	pos INTEGER NOT NULL, 
	desired INTEGER NOT NULL, 
	PRIMARY KEY (cluster_seq, name)
);
CREATE TABLE images (
	id VARCHAR(64) NOT NULL, 
	created BIGINT NOT NULL, 
	description TEXT NOT NULL, 
	PRIMARY KEY (id)
);
CREATE TABLE instances (
	job_seq BIGINT NOT NULL, 
	task_pos INTEGER NOT NULL, 
	idx INTEGER NOT NULL, 
	state VARCHAR(16) NOT NULL, 
	number INTEGER NOT NULL, 
	retries INTEGER NOT NULL, 
	losses INTEGER NOT NULL, 
	started BIGINT, 
	ended BIGINT, 
	exit_code INTEGER NOT NULL, 
	error_code TEXT NOT NULL, 
	error_message TEXT NOT NULL, 
	detail TEXT NOT NULL, 
	node_ip VARCHAR(64) NOT NULL, 
	PRIMARY KEY (job_seq, task_pos, idx)
);
CREATE TABLE job_descriptions (
	job_seq BIGINT NOT NULL, 
	description TEXT NOT NULL, 
	PRIMARY KEY (job_seq)
);
CREATE TABLE jobs (
	seq BIGINT NOT NULL, 
	id VARCHAR(64) NOT NULL, 
	name VARCHAR(100) NOT NULL, 
	state VARCHAR(16) NOT NULL, 
	message TEXT NOT NULL, 
	created BIGINT NOT NULL, 
	started BIGINT, 
	ended BIGINT, 
	priority INTEGER NOT NULL, 
	fail_on_instance_fail BOOLEAN NOT NULL, 
	auto_release BOOLEAN NOT NULL, 
	topic TEXT NOT NULL, 
	unfinished INTEGER NOT NULL, 
	deleted BOOLEAN NOT NULL, 
	PRIMARY KEY (seq), 
	UNIQUE (id)
);
CREATE TABLE machines (
	seq BIGINT NOT NULL, 
	id VARCHAR(64) NOT NULL, 
	cluster_seq BIGINT NOT NULL, 
	group_name VARCHAR(64) NOT NULL, 
	state VARCHAR(16) NOT NULL, 
	created BIGINT NOT NULL, 
	ip_address VARCHAR(64) NOT NULL, 
	host_name VARCHAR(255) NOT NULL, 
	"left" BOOLEAN NOT NULL, 
	PRIMARY KEY (seq), 
	UNIQUE (id)
);
CREATE TABLE meta (
	name VARCHAR(64) NOT NULL, 
	value TEXT NOT NULL, 
	PRIMARY KEY (name)
);
CREATE TABLE task_plans (
	job_seq BIGINT NOT NULL, 
	pos INTEGER NOT NULL, 
	plan TEXT NOT NULL, 
	successors TEXT NOT NULL, 
	PRIMARY KEY (job_seq, pos)
);
CREATE TABLE tasks (
	job_seq BIGINT NOT NULL, 
	pos INTEGER NOT NULL, 
	name VARCHAR(64) NOT NULL, 
	state VARCHAR(16) NOT NULL, 
	started BIGINT, 
	ended BIGINT, 
	cluster_seq BIGINT, 
	unmet INTEGER NOT NULL, 
	ready BOOLEAN NOT NULL, 
	queued BOOLEAN NOT NULL, 
	priority INTEGER NOT NULL, 
	topic TEXT NOT NULL, 
	instance_count INTEGER NOT NULL, 
	max_retries INTEGER NOT NULL, 
	tail INTEGER NOT NULL, 
	tail_state VARCHAR(16) NOT NULL, 
	tail_ended BIGINT, 
	tail_message TEXT NOT NULL, 
	waiting INTEGER NOT NULL, 
	dispatched INTEGER NOT NULL, 
	running INTEGER NOT NULL, 
	finished INTEGER NOT NULL, 
	failed INTEGER NOT NULL, 
	stopped INTEGER NOT NULL, 
	PRIMARY KEY (job_seq, pos)
);
CREATE TABLE tokens (
	kind VARCHAR(16) NOT NULL, 
	token VARCHAR(64) NOT NULL, 
	digest VARCHAR(64) NOT NULL, 
	resource_id TEXT NOT NULL, 
	created BIGINT NOT NULL, 
	PRIMARY KEY (kind, token)
);
CREATE INDEX instances_failed ON instances (job_seq, task_pos, idx) WHERE state = 'Failed';
CREATE INDEX instances_requeued ON instances (job_seq, task_pos, idx) WHERE state = 'Waiting';
CREATE INDEX instances_stopped ON instances (job_seq, task_pos, idx) WHERE state = 'Stopped';
CREATE INDEX jobs_by_state ON jobs (state, seq);
CREATE INDEX jobs_deleted ON jobs (seq) WHERE deleted IS true;
CREATE INDEX machines_by_group ON machines (cluster_seq, group_name, seq);
CREATE INDEX machines_by_state ON machines (cluster_seq, group_name, state);
CREATE INDEX tasks_by_cluster ON tasks (cluster_seq, job_seq, pos);
CREATE UNIQUE INDEX tasks_by_name ON tasks (job_seq, name);
CREATE INDEX tasks_queued ON tasks (cluster_seq, priority DESC, job_seq, pos) WHERE queued IS true;
CREATE INDEX ix_tokens_created ON tokens (created);
