BEGIN TRANSACTION;
CREATE TABLE app_revisions (
	app_seq BIGINT NOT NULL, 
	revision INTEGER NOT NULL, 
	updated BIGINT NOT NULL, 
	description TEXT NOT NULL, 
	PRIMARY KEY (app_seq, revision)
);
INSERT INTO "app_revisions" VALUES(1,0,1795946381914846,'{"Name":"app","CommandLine":"echo ${word}","InputParameters":{"word":{"Type":"String","Default":"hello"}},"Config":{},"VM":{"ECSImageId":"img-ubuntu"}}');
CREATE TABLE apps (
	seq INTEGER NOT NULL, 
	name VARCHAR(1024) NOT NULL, 
	created BIGINT NOT NULL, 
	next_revision INTEGER NOT NULL, 
	PRIMARY KEY (seq), 
	UNIQUE (name)
);
INSERT INTO "apps" VALUES(1,'app',1795946381914846,1);
CREATE TABLE attempts (
	attempt_id VARCHAR(255) NOT NULL, 
	machine_seq BIGINT NOT NULL, 
	job_seq BIGINT NOT NULL, 
	task_pos INTEGER NOT NULL, 
	idx INTEGER NOT NULL, 
	number INTEGER NOT NULL, 
	cancelled BOOLEAN NOT NULL, 
	PRIMARY KEY (attempt_id)
)
 WITHOUT ROWID

;
CREATE TABLE cluster_logs (
	cluster_seq BIGINT NOT NULL, 
	number BIGINT NOT NULL, 
	line TEXT NOT NULL, 
	PRIMARY KEY (cluster_seq, number)
)
 WITHOUT ROWID

;
INSERT INTO "cluster_logs" VALUES(1,1,'[2026-11-29T09:59:41.542855Z][group]Creating instance group successfully');
INSERT INTO "cluster_logs" VALUES(1,2,'[2026-11-29T09:59:41.542855Z]Creating cluster successfully');
INSERT INTO "cluster_logs" VALUES(1,3,'[2026-11-29T09:59:41.542855Z]Programs run in a PID namespace and a file system of their own, by bubblewrap');
INSERT INTO "cluster_logs" VALUES(1,4,'[2026-11-29T09:59:41.542855Z]Programs that ask for a container run by podman');
INSERT INTO "cluster_logs" VALUES(1,5,'[2026-11-29T09:59:41.542855Z]Image img-ubuntu is a name here: programs run on the system of this machine');
INSERT INTO "cluster_logs" VALUES(1,6,'[2026-11-29T09:59:41.551709Z][group][i-0tp9d3g1kwaknb000001]Instance created');
INSERT INTO "cluster_logs" VALUES(1,7,'[2026-11-29T09:59:41.551709Z][group][i-0tp9d3g1kwaknb000002]Instance created');
INSERT INTO "cluster_logs" VALUES(1,8,'[2026-11-29T09:59:41.551709Z][group][i-0tp9d3g1kwaknb000003]Instance created');
INSERT INTO "cluster_logs" VALUES(1,9,'[2026-11-29T09:59:41.602830Z][group][i-0tp9d3g1kwaknb000001]Instance is active');
INSERT INTO "cluster_logs" VALUES(1,10,'[2026-11-29T09:59:41.602830Z][group][i-0tp9d3g1kwaknb000002]Instance is active');
INSERT INTO "cluster_logs" VALUES(1,11,'[2026-11-29T09:59:41.602830Z][group][i-0tp9d3g1kwaknb000003]Instance is active');
CREATE TABLE clusters (
	seq INTEGER NOT NULL, 
	id VARCHAR(64) NOT NULL, 
	state VARCHAR(16) NOT NULL, 
	created BIGINT NOT NULL, 
	description TEXT NOT NULL, 
	auto BOOLEAN NOT NULL, 
	PRIMARY KEY (seq), 
	UNIQUE (id)
);
INSERT INTO "clusters" VALUES(1,'cls-0tp9d3g1kwaknb000001','Active',1795946381542855,'{"Name":"cluster","ImageId":"img-ubuntu","InstanceType":"ecs.sn1.medium","Groups":{"group":{"DesiredVMCount":3}}}',0);
CREATE TABLE counters (
	name VARCHAR(64) NOT NULL, 
	value BIGINT NOT NULL, 
	PRIMARY KEY (name)
)
 WITHOUT ROWID

;
INSERT INTO "counters" VALUES('app',100);
INSERT INTO "counters" VALUES('cluster',100);
INSERT INTO "counters" VALUES('image',100);
INSERT INTO "counters" VALUES('job',100);
INSERT INTO "counters" VALUES('log',100);
INSERT INTO "counters" VALUES('machine',100);
CREATE TABLE groups (
	cluster_seq BIGINT NOT NULL, 
	name VARCHAR(64) NOT NULL, 
	pos INTEGER NOT NULL, 
	desired INTEGER NOT NULL, 
	PRIMARY KEY (cluster_seq, name)
)
 WITHOUT ROWID

;
INSERT INTO "groups" VALUES(1,'group',0,3);
CREATE TABLE images (
	id VARCHAR(64) NOT NULL, 
	created BIGINT NOT NULL, 
	description TEXT NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "images" VALUES('img-0tp9d3g1kwaknb000001',1795946381912618,'{"Name":"mine","Platform":"Linux","EcsImageId":"m-1"}');
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
)
 WITHOUT ROWID

;
INSERT INTO "instances" VALUES(1,0,0,'Finished',1,0,0,1795946381616499,1795946381624368,0,'','','','127.1.0.2');
INSERT INTO "instances" VALUES(1,1,0,'Finished',1,0,0,1795946381671623,1795946381690574,0,'','','','127.1.0.2');
INSERT INTO "instances" VALUES(1,1,1,'Finished',1,0,0,1795946381676696,1795946381693954,0,'','','','127.1.0.3');
INSERT INTO "instances" VALUES(1,1,2,'Finished',1,0,0,1795946381680982,1795946381693726,0,'','','','127.1.0.4');
INSERT INTO "instances" VALUES(1,2,0,'Finished',1,0,0,1795946381700468,1795946381705355,0,'','','','127.1.0.2');
INSERT INTO "instances" VALUES(2,0,0,'Failed',2,1,0,1795946381726780,1795946381756437,3,'','','','127.1.0.2');
INSERT INTO "instances" VALUES(2,0,1,'Stopped',2,1,0,1795946381727315,1795946381758533,3,'','','','127.1.0.3');
INSERT INTO "instances" VALUES(3,0,0,'Stopped',1,0,0,1795946381777538,1795946381813569,0,'','','','127.1.0.2');
INSERT INTO "instances" VALUES(3,0,1,'Stopped',1,0,0,1795946381775808,1795946381813569,0,'','','','127.1.0.3');
INSERT INTO "instances" VALUES(4,0,0,'Finished',1,0,0,1795946381889784,1795946381898862,0,'','','','127.1.0.5');
INSERT INTO "instances" VALUES(5,0,0,'Finished',1,0,0,1795946381920474,1795946381929680,0,'','','','127.1.0.2');
INSERT INTO "instances" VALUES(5,0,1,'Finished',1,0,0,1795946381921310,1795946381931430,0,'','','','127.1.0.3');
INSERT INTO "instances" VALUES(5,0,2,'Waiting',1,0,1,1795946381922502,NULL,0,'','','','127.1.0.4');
INSERT INTO "instances" VALUES(5,0,3,'Waiting',1,0,1,1795946381940407,NULL,0,'','','','127.1.0.2');
INSERT INTO "instances" VALUES(5,0,4,'Waiting',1,0,1,1795946381940752,NULL,0,'','','','127.1.0.3');
INSERT INTO "instances" VALUES(5,0,5,'Waiting',1,0,0,NULL,NULL,0,'','','','127.1.0.4');
INSERT INTO "instances" VALUES(5,0,6,'Waiting',1,0,0,NULL,NULL,0,'','','','127.1.0.2');
INSERT INTO "instances" VALUES(5,0,7,'Waiting',1,0,0,NULL,NULL,0,'','','','127.1.0.3');
CREATE TABLE job_descriptions (
	job_seq INTEGER NOT NULL, 
	description TEXT NOT NULL, 
	PRIMARY KEY (job_seq)
);
INSERT INTO "job_descriptions" VALUES(1,'{"Name":"job","Type":"DAG","JobFailOnInstanceFail":true,"DAG":{"Tasks":{"split":{"Parameters":{"Command":{"CommandLine":"echo split"},"StdoutRedirectPath":"oss://bucket/logs/","StderrRedirectPath":"oss://bucket/logs/"},"InstanceCount":1,"ClusterId":"cls-0tp9d3g1kwaknb000001"},"count":{"Parameters":{"Command":{"CommandLine":"echo $BATCH_COMPUTE_DAG_INSTANCE_ID"},"StdoutRedirectPath":"oss://bucket/logs/","StderrRedirectPath":"oss://bucket/logs/"},"InstanceCount":3,"ClusterId":"cls-0tp9d3g1kwaknb000001"},"merge":{"Parameters":{"Command":{"CommandLine":"echo m"},"StdoutRedirectPath":"oss://bucket/logs/","StderrRedirectPath":"oss://bucket/logs/"},"InstanceCount":1,"ClusterId":"cls-0tp9d3g1kwaknb000001"}},"Dependencies":{"split":["count"],"count":["merge"]}},"Priority":7}');
INSERT INTO "job_descriptions" VALUES(2,'{"Name":"job","Type":"DAG","JobFailOnInstanceFail":true,"DAG":{"Tasks":{"t":{"Parameters":{"Command":{"CommandLine":"echo why >&2; exit 3"},"StdoutRedirectPath":"oss://bucket/logs/","StderrRedirectPath":"oss://bucket/logs/"},"InstanceCount":2,"ClusterId":"cls-0tp9d3g1kwaknb000001","MaxRetryCount":1},"later":{"Parameters":{"Command":{"CommandLine":"true"},"StdoutRedirectPath":"oss://bucket/logs/","StderrRedirectPath":"oss://bucket/logs/"},"InstanceCount":1,"ClusterId":"cls-0tp9d3g1kwaknb000001"}},"Dependencies":{"t":["later"]}}}');
INSERT INTO "job_descriptions" VALUES(3,'{"Name":"job","Type":"DAG","JobFailOnInstanceFail":true,"DAG":{"Tasks":{"t":{"Parameters":{"Command":{"CommandLine":"sleep 600"},"StdoutRedirectPath":"oss://bucket/logs/","StderrRedirectPath":"oss://bucket/logs/"},"InstanceCount":2,"ClusterId":"cls-0tp9d3g1kwaknb000001"}},"Dependencies":{}}}');
INSERT INTO "job_descriptions" VALUES(4,'{"Name":"job","Type":"DAG","JobFailOnInstanceFail":true,"DAG":{"Tasks":{"t":{"Parameters":{"Command":{"CommandLine":"echo auto"},"StdoutRedirectPath":"oss://bucket/logs/","StderrRedirectPath":"oss://bucket/logs/"},"InstanceCount":1,"AutoCluster":{"ImageId":"img-ubuntu","InstanceType":"ecs.sn1.medium"}}},"Dependencies":{}}}');
INSERT INTO "job_descriptions" VALUES(5,'{"Name":"partly","Type":"DAG","JobFailOnInstanceFail":true,"DAG":{"Tasks":{"first":{"Parameters":{"Command":{"CommandLine":"if [ $BATCH_COMPUTE_DAG_INSTANCE_ID -gt 1 ]; then while ! [ -e /dev/null ]; do sleep 0.05; done; fi; echo ran $BATCH_COMPUTE_DAG_INSTANCE_ID >> /dev/null"},"StdoutRedirectPath":"oss://bucket/logs/","StderrRedirectPath":"oss://bucket/logs/"},"InstanceCount":8,"ClusterId":"cls-0tp9d3g1kwaknb000001"},"second":{"Parameters":{"Command":{"CommandLine":"echo second"},"StdoutRedirectPath":"oss://bucket/logs/","StderrRedirectPath":"oss://bucket/logs/"},"InstanceCount":2,"ClusterId":"cls-0tp9d3g1kwaknb000001"}},"Dependencies":{"first":["second"]}}}');
INSERT INTO "job_descriptions" VALUES(6,'{"Name":"waiting","Type":"DAG","JobFailOnInstanceFail":true,"DAG":{"Tasks":{"t":{"Parameters":{"Command":{"CommandLine":"echo waiting"},"StdoutRedirectPath":"oss://bucket/logs/","StderrRedirectPath":"oss://bucket/logs/"},"InstanceCount":5,"ClusterId":"cls-0tp9d3g1kwaknb000001"}},"Dependencies":{}}}');
CREATE TABLE jobs (
	seq INTEGER NOT NULL, 
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
INSERT INTO "jobs" VALUES(1,'job-000000006B0BF78CCD0F870700000001','job','Finished','',1795946381557628,1795946381616499,1795946381708585,7,1,0,'',0,0);
INSERT INTO "jobs" VALUES(2,'job-000000006B0BF78CCD0F870700000002','job','Failed','Task t: instance 0 exited with code 3 (attempt 2 of 2).',1795946381724756,1795946381726780,1795946381758533,0,1,0,'',2,0);
INSERT INTO "jobs" VALUES(3,'job-000000006B0BF78CCD0F870700000003','job','Stopped','',1795946381774182,1795946381775808,1795946381813569,0,1,0,'',1,0);
INSERT INTO "jobs" VALUES(4,'job-000000006B0BF78CCD0F870700000004','job','Finished','',1795946381830190,1795946381889784,1795946381900805,0,1,0,'',0,0);
INSERT INTO "jobs" VALUES(5,'job-000000006B0BF78CCD0F870700000005','partly','Running','',1795946381919050,1795946381920474,NULL,0,1,0,'',2,0);
INSERT INTO "jobs" VALUES(6,'job-000000006B0BF78CCD0F870700000006','waiting','Waiting','',1795946381975231,NULL,NULL,0,1,0,'',1,0);
CREATE TABLE machines (
	seq INTEGER NOT NULL, 
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
INSERT INTO "machines" VALUES(1,'i-0tp9d3g1kwaknb000001',1,'group','Running',1795946381542855,'127.1.0.2','i-0tp9d3g1kwaknb000001',0);
INSERT INTO "machines" VALUES(2,'i-0tp9d3g1kwaknb000002',1,'group','Running',1795946381542855,'127.1.0.3','i-0tp9d3g1kwaknb000002',0);
INSERT INTO "machines" VALUES(3,'i-0tp9d3g1kwaknb000003',1,'group','Running',1795946381542855,'127.1.0.4','i-0tp9d3g1kwaknb000003',0);
CREATE TABLE meta (
	name VARCHAR(64) NOT NULL, 
	value TEXT NOT NULL, 
	PRIMARY KEY (name)
);
INSERT INTO "meta" VALUES('schema','6');
INSERT INTO "meta" VALUES('epoch','1795946380');
INSERT INTO "meta" VALUES('node','3440346887');
CREATE TABLE task_plans (
	job_seq BIGINT NOT NULL, 
	pos INTEGER NOT NULL, 
	"plan" TEXT NOT NULL, 
	successors TEXT NOT NULL, 
	PRIMARY KEY (job_seq, pos)
)
 WITHOUT ROWID

;
INSERT INTO "task_plans" VALUES(1,0,'{"name":"split","cluster_id":"cls-0tp9d3g1kwaknb000001","instance_count":1,"command_line":"echo split","stdout":"oss://bucket/logs/","stderr":"oss://bucket/logs/"}','[1]');
INSERT INTO "task_plans" VALUES(1,1,'{"name":"count","cluster_id":"cls-0tp9d3g1kwaknb000001","instance_count":3,"command_line":"echo $BATCH_COMPUTE_DAG_INSTANCE_ID","stdout":"oss://bucket/logs/","stderr":"oss://bucket/logs/"}','[2]');
INSERT INTO "task_plans" VALUES(1,2,'{"name":"merge","cluster_id":"cls-0tp9d3g1kwaknb000001","instance_count":1,"command_line":"echo m","stdout":"oss://bucket/logs/","stderr":"oss://bucket/logs/"}','[]');
INSERT INTO "task_plans" VALUES(2,0,'{"name":"t","cluster_id":"cls-0tp9d3g1kwaknb000001","instance_count":2,"command_line":"echo why >&2; exit 3","max_retries":1,"stdout":"oss://bucket/logs/","stderr":"oss://bucket/logs/"}','[1]');
INSERT INTO "task_plans" VALUES(2,1,'{"name":"later","cluster_id":"cls-0tp9d3g1kwaknb000001","instance_count":1,"command_line":"true","stdout":"oss://bucket/logs/","stderr":"oss://bucket/logs/"}','[]');
INSERT INTO "task_plans" VALUES(3,0,'{"name":"t","cluster_id":"cls-0tp9d3g1kwaknb000001","instance_count":2,"command_line":"sleep 600","stdout":"oss://bucket/logs/","stderr":"oss://bucket/logs/"}','[]');
INSERT INTO "task_plans" VALUES(4,0,'{"name":"t","cluster_id":"","instance_count":1,"command_line":"echo auto","auto_cluster":{"ImageId":"img-ubuntu","InstanceType":"ecs.sn1.medium"},"stdout":"oss://bucket/logs/","stderr":"oss://bucket/logs/"}','[]');
INSERT INTO "task_plans" VALUES(5,0,'{"name":"first","cluster_id":"cls-0tp9d3g1kwaknb000001","instance_count":8,"command_line":"if [ $BATCH_COMPUTE_DAG_INSTANCE_ID -gt 1 ]; then while ! [ -e /dev/null ]; do sleep 0.05; done; fi; echo ran $BATCH_COMPUTE_DAG_INSTANCE_ID >> /dev/null","stdout":"oss://bucket/logs/","stderr":"oss://bucket/logs/"}','[1]');
INSERT INTO "task_plans" VALUES(5,1,'{"name":"second","cluster_id":"cls-0tp9d3g1kwaknb000001","instance_count":2,"command_line":"echo second","stdout":"oss://bucket/logs/","stderr":"oss://bucket/logs/"}','[]');
INSERT INTO "task_plans" VALUES(6,0,'{"name":"t","cluster_id":"cls-0tp9d3g1kwaknb000001","instance_count":5,"command_line":"echo waiting","stdout":"oss://bucket/logs/","stderr":"oss://bucket/logs/"}','[]');
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
)
 WITHOUT ROWID

;
INSERT INTO "tasks" VALUES(1,0,'split','Finished',1795946381616499,1795946381628559,1,0,0,0,7,'',1,0,1,'Waiting',NULL,'',0,0,0,1,0,0);
INSERT INTO "tasks" VALUES(1,1,'count','Finished',1795946381671623,1795946381699108,1,0,0,0,7,'',3,0,3,'Waiting',NULL,'',0,0,0,3,0,0);
INSERT INTO "tasks" VALUES(1,2,'merge','Finished',1795946381700468,1795946381708585,1,0,0,0,7,'',1,0,1,'Waiting',NULL,'',0,0,0,1,0,0);
INSERT INTO "tasks" VALUES(2,0,'t','Failed',1795946381726780,1795946381758533,1,0,0,0,0,'',2,1,2,'Stopped',1795946381758533,'',0,0,0,0,1,1);
INSERT INTO "tasks" VALUES(2,1,'later','Stopped',NULL,1795946381758533,1,1,0,0,0,'',1,0,0,'Stopped',1795946381758533,'',0,0,0,0,0,1);
INSERT INTO "tasks" VALUES(3,0,'t','Stopped',1795946381775808,1795946381813569,1,0,0,0,0,'',2,0,2,'Stopped',1795946381813569,'',0,0,0,0,0,2);
INSERT INTO "tasks" VALUES(4,0,'t','Finished',1795946381889784,1795946381900805,2,0,0,0,0,'',1,0,1,'Waiting',NULL,'',0,0,0,1,0,0);
INSERT INTO "tasks" VALUES(5,0,'first','Running',1795946381920474,NULL,1,0,1,1,0,'',8,0,8,'Waiting',NULL,'',6,0,0,2,0,0);
INSERT INTO "tasks" VALUES(5,1,'second','Waiting',NULL,NULL,1,1,0,0,0,'',2,0,0,'Waiting',NULL,'',2,0,0,0,0,0);
INSERT INTO "tasks" VALUES(6,0,'t','Waiting',NULL,NULL,1,0,1,1,0,'',5,0,0,'Waiting',NULL,'',5,0,0,0,0,0);
CREATE TABLE tokens (
	kind VARCHAR(16) NOT NULL, 
	token VARCHAR(64) NOT NULL, 
	digest VARCHAR(64) NOT NULL, 
	resource_id TEXT NOT NULL, 
	created BIGINT NOT NULL, 
	PRIMARY KEY (kind, token)
)
 WITHOUT ROWID

;
CREATE INDEX ix_tokens_created ON tokens (created);
CREATE INDEX machines_by_group ON machines (cluster_seq, group_name, seq);
CREATE INDEX machines_by_state ON machines (cluster_seq, group_name, state);
CREATE INDEX jobs_deleted ON jobs (seq) WHERE deleted IS 1;
CREATE INDEX jobs_by_state ON jobs (state, seq);
CREATE UNIQUE INDEX tasks_by_name ON tasks (job_seq, name);
CREATE INDEX tasks_queued ON tasks (cluster_seq, priority DESC, job_seq, pos) WHERE queued IS 1;
CREATE INDEX tasks_by_cluster ON tasks (cluster_seq, job_seq, pos);
CREATE INDEX instances_failed ON instances (job_seq, task_pos, idx) WHERE state = 'Failed';
CREATE INDEX instances_stopped ON instances (job_seq, task_pos, idx) WHERE state = 'Stopped';
CREATE INDEX instances_requeued ON instances (job_seq, task_pos, idx) WHERE state = 'Waiting';
COMMIT;
