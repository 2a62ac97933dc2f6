BEGIN TRANSACTION;
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
CREATE TABLE cluster_logs (
	cluster_seq BIGINT NOT NULL, 
	number BIGINT NOT NULL, 
	line TEXT NOT NULL, 
	PRIMARY KEY (cluster_seq, number)
);
INSERT INTO "cluster_logs" VALUES(1,1,'[2026-11-29T06:22:53.540767Z][group]Creating instance group successfully');
INSERT INTO "cluster_logs" VALUES(1,2,'[2026-11-29T06:22:53.540767Z]Creating cluster successfully');
INSERT INTO "cluster_logs" VALUES(1,3,'[2026-11-29T06:22:53.540767Z]Programs run without namespaces, as configured');
INSERT INTO "cluster_logs" VALUES(1,4,'[2026-11-29T06:22:53.540767Z]Without namespaces a stop ends a program''s tree by searching it; a process that forks itself away all the time can escape');
INSERT INTO "cluster_logs" VALUES(1,5,'[2026-11-29T06:22:53.540767Z]Without namespaces mappings are symbolic links on this machine: attempts with the same local path run one after the other, and each has copies of its inputs');
INSERT INTO "cluster_logs" VALUES(1,6,'[2026-11-29T06:22:53.540767Z]Programs that ask for a container run by podman');
INSERT INTO "cluster_logs" VALUES(1,7,'[2026-11-29T06:22:53.546291Z][group][i-0tp93250w52blp000001]Instance created');
INSERT INTO "cluster_logs" VALUES(1,8,'[2026-11-29T06:22:53.546291Z][group][i-0tp93250w52blp000002]Instance created');
INSERT INTO "cluster_logs" VALUES(1,9,'[2026-11-29T06:22:53.546291Z][group][i-0tp93250w52blp000003]Instance created');
INSERT INTO "cluster_logs" VALUES(1,10,'[2026-11-29T06:22:53.596383Z][group][i-0tp93250w52blp000001]Instance is active');
INSERT INTO "cluster_logs" VALUES(1,11,'[2026-11-29T06:22:53.596383Z][group][i-0tp93250w52blp000002]Instance is active');
INSERT INTO "cluster_logs" VALUES(1,12,'[2026-11-29T06:22:53.596383Z][group][i-0tp93250w52blp000003]Instance is active');
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
INSERT INTO "clusters" VALUES(1,'cls-0tp93250w52blp000001','Active',1795933373540767,'{"Name":"cluster","ImageId":"img-ubuntu","Groups":{"group":{"DesiredVMCount":3}}}',0);
CREATE TABLE counters (
	name VARCHAR(64) NOT NULL, 
	value BIGINT NOT NULL, 
	PRIMARY KEY (name)
);
INSERT INTO "counters" VALUES('job',6);
INSERT INTO "counters" VALUES('cluster',2);
INSERT INTO "counters" VALUES('machine',4);
INSERT INTO "counters" VALUES('log',22);
INSERT INTO "counters" VALUES('image',1);
INSERT INTO "counters" VALUES('app',0);
CREATE TABLE groups (
	cluster_seq BIGINT NOT NULL, 
	name VARCHAR(64) NOT NULL, 
	pos INTEGER NOT NULL, 
	desired INTEGER NOT NULL, 
	PRIMARY KEY (cluster_seq, name)
);
INSERT INTO "groups" VALUES(1,'group',0,3);
CREATE TABLE images (
	id VARCHAR(64) NOT NULL, 
	created BIGINT NOT NULL, 
	description TEXT NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "images" VALUES('img-0tp93250w52blp000001',1795933373838548,'{"Name":"mine","Platform":"Linux","EcsImageId":"m-1"}');
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
INSERT INTO "instances" VALUES(1,0,0,'Finished',1,0,0,1795933373610770,1795933373618701,0,'','','','127.0.0.1');
INSERT INTO "instances" VALUES(1,1,0,'Finished',1,0,0,1795933373633574,1795933373638572,0,'','','','127.0.0.1');
INSERT INTO "instances" VALUES(1,1,1,'Finished',1,0,0,1795933373639460,1795933373645013,0,'','','','127.0.0.1');
INSERT INTO "instances" VALUES(1,1,2,'Finished',1,0,0,1795933373643004,1795933373650725,0,'','','','127.0.0.1');
INSERT INTO "instances" VALUES(1,2,0,'Finished',1,0,0,1795933373659382,1795933373660985,0,'','','','127.0.0.1');
INSERT INTO "instances" VALUES(2,0,0,'Failed',2,1,0,1795933373683868,1795933373698359,3,'','','','127.0.0.1');
INSERT INTO "instances" VALUES(2,0,1,'Stopped',2,1,0,1795933373684583,1795933373701328,3,'','','','127.0.0.1');
INSERT INTO "instances" VALUES(3,0,0,'Stopped',1,0,0,1795933373715900,1795933373753774,0,'','','','127.0.0.1');
INSERT INTO "instances" VALUES(3,0,1,'Stopped',1,0,0,1795933373717561,1795933373753774,0,'','','','127.0.0.1');
INSERT INTO "instances" VALUES(4,0,0,'Finished',1,0,0,1795933373821108,1795933373823674,0,'','','','127.0.0.1');
INSERT INTO "instances" VALUES(5,0,0,'Finished',1,0,0,1795933373844144,1795933373847216,0,'','','','127.0.0.1');
INSERT INTO "instances" VALUES(5,0,1,'Finished',1,0,0,1795933373844845,1795933373848633,0,'','','','127.0.0.1');
INSERT INTO "instances" VALUES(5,0,2,'Waiting',1,0,1,1795933373845776,NULL,0,'','','','127.0.0.1');
INSERT INTO "instances" VALUES(5,0,3,'Waiting',1,0,1,1795933373855475,NULL,0,'','','','127.0.0.1');
INSERT INTO "instances" VALUES(5,0,4,'Waiting',1,0,1,1795933373865956,NULL,0,'','','','127.0.0.1');
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
	description TEXT NOT NULL, 
	deleted BOOLEAN NOT NULL, 
	PRIMARY KEY (seq), 
	UNIQUE (id)
);
INSERT INTO "jobs" VALUES(1,'job-000000006B0BC4BD73D64C3D00000001','job','Finished','',1795933373550336,1795933373610770,1795933373665194,7,1,0,'','{"Name":"job","Type":"DAG","DAG":{"Tasks":{"split":{"Parameters":{"Command":{"CommandLine":"echo split"},"StdoutRedirectPath":"oss://bucket/logs/","StderrRedirectPath":"oss://bucket/logs/"},"InstanceCount":1,"ClusterId":"cls-0tp93250w52blp000001"},"count":{"Parameters":{"Command":{"CommandLine":"echo $BATCH_COMPUTE_DAG_INSTANCE_ID"},"StdoutRedirectPath":"oss://bucket/logs/","StderrRedirectPath":"oss://bucket/logs/"},"InstanceCount":3,"ClusterId":"cls-0tp93250w52blp000001"},"merge":{"Parameters":{"Command":{"CommandLine":"echo m"},"StdoutRedirectPath":"oss://bucket/logs/","StderrRedirectPath":"oss://bucket/logs/"},"InstanceCount":1,"ClusterId":"cls-0tp93250w52blp000001"}},"Dependencies":{"split":["count"],"count":["merge"]}},"Description":"a finished one","Priority":7}',0);
INSERT INTO "jobs" VALUES(2,'job-000000006B0BC4BD73D64C3D00000002','job','Failed','Task t: instance 0 exited with code 3 (attempt 2 of 2).',1795933373681476,1795933373684583,1795933373701328,0,1,0,'','{"Name":"job","Type":"DAG","DAG":{"Tasks":{"t":{"Parameters":{"Command":{"CommandLine":"echo why >&2; exit 3"},"StdoutRedirectPath":"oss://bucket/logs/","StderrRedirectPath":"oss://bucket/logs/"},"InstanceCount":2,"ClusterId":"cls-0tp93250w52blp000001","MaxRetryCount":1},"later":{"Parameters":{"Command":{"CommandLine":"true"},"StdoutRedirectPath":"oss://bucket/logs/","StderrRedirectPath":"oss://bucket/logs/"},"InstanceCount":1,"ClusterId":"cls-0tp93250w52blp000001"}},"Dependencies":{"t":["later"]}}}',0);
INSERT INTO "jobs" VALUES(3,'job-000000006B0BC4BD73D64C3D00000003','job','Stopped','',1795933373713160,1795933373715900,1795933373753774,0,1,0,'','{"Name":"job","Type":"DAG","DAG":{"Tasks":{"t":{"Parameters":{"Command":{"CommandLine":"sleep 600"},"StdoutRedirectPath":"oss://bucket/logs/","StderrRedirectPath":"oss://bucket/logs/"},"InstanceCount":2,"ClusterId":"cls-0tp93250w52blp000001"}},"Dependencies":{}}}',0);
INSERT INTO "jobs" VALUES(4,'job-000000006B0BC4BD73D64C3D00000004','job','Finished','',1795933373762306,1795933373821108,1795933373827245,0,1,0,'','{"Name":"job","Type":"DAG","DAG":{"Tasks":{"t":{"Parameters":{"Command":{"CommandLine":"echo auto"},"StdoutRedirectPath":"oss://bucket/logs/","StderrRedirectPath":"oss://bucket/logs/"},"InstanceCount":1,"AutoCluster":{"ImageId":"img-ubuntu","InstanceType":"ecs.sn1.medium"}}},"Dependencies":{}}}',0);
INSERT INTO "jobs" VALUES(5,'job-000000006B0BC4BD73D64C3D00000005','partly','Running','',1795933373841122,1795933373844144,NULL,0,1,0,'','{"Name":"partly","Type":"DAG","DAG":{"Tasks":{"first":{"Parameters":{"Command":{"CommandLine":"if [ $BATCH_COMPUTE_DAG_INSTANCE_ID -gt 1 ]; then while ! [ -e /dev/null ]; do sleep 0.05; done; fi; echo ran $BATCH_COMPUTE_DAG_INSTANCE_ID >> /dev/null"},"StdoutRedirectPath":"oss://bucket/logs/","StderrRedirectPath":"oss://bucket/logs/"},"InstanceCount":8,"ClusterId":"cls-0tp93250w52blp000001"},"second":{"Parameters":{"Command":{"CommandLine":"echo second"},"StdoutRedirectPath":"oss://bucket/logs/","StderrRedirectPath":"oss://bucket/logs/"},"InstanceCount":2,"ClusterId":"cls-0tp93250w52blp000001"}},"Dependencies":{"first":["second"]}}}',0);
INSERT INTO "jobs" VALUES(6,'job-000000006B0BC4BD73D64C3D00000006','waiting','Waiting','',1795933373894677,NULL,NULL,0,1,0,'','{"Name":"waiting","Type":"DAG","DAG":{"Tasks":{"t":{"Parameters":{"Command":{"CommandLine":"echo waiting"},"StdoutRedirectPath":"oss://bucket/logs/","StderrRedirectPath":"oss://bucket/logs/"},"InstanceCount":5,"ClusterId":"cls-0tp93250w52blp000001"}},"Dependencies":{}},"Priority":0}',0);
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
	attempt_id VARCHAR(255), 
	job_seq BIGINT, 
	task_pos INTEGER, 
	idx INTEGER, 
	number INTEGER, 
	doomed BOOLEAN NOT NULL, 
	PRIMARY KEY (seq), 
	UNIQUE (id)
);
INSERT INTO "machines" VALUES(1,'i-0tp93250w52blp000001',1,'group','Running',1795933373540767,'127.0.0.1','i-0tp93250w52blp000001',0,NULL,NULL,NULL,NULL,NULL,0);
INSERT INTO "machines" VALUES(2,'i-0tp93250w52blp000002',1,'group','Running',1795933373540767,'127.0.0.1','i-0tp93250w52blp000002',0,NULL,NULL,NULL,NULL,NULL,0);
INSERT INTO "machines" VALUES(3,'i-0tp93250w52blp000003',1,'group','Running',1795933373540767,'127.0.0.1','i-0tp93250w52blp000003',0,NULL,NULL,NULL,NULL,NULL,0);
CREATE TABLE meta (
	name VARCHAR(64) NOT NULL, 
	value TEXT NOT NULL, 
	PRIMARY KEY (name)
);
INSERT INTO "meta" VALUES('schema','3');
INSERT INTO "meta" VALUES('epoch','1795933373');
INSERT INTO "meta" VALUES('node','1943424061');
CREATE TABLE tasks (
	job_seq BIGINT NOT NULL, 
	pos INTEGER NOT NULL, 
	name VARCHAR(64) NOT NULL, 
	state VARCHAR(16) NOT NULL, 
	started BIGINT, 
	ended BIGINT, 
	"plan" TEXT NOT NULL, 
	cluster_seq BIGINT, 
	successors TEXT NOT NULL, 
	unmet INTEGER NOT NULL, 
	ready BOOLEAN NOT NULL, 
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
INSERT INTO "tasks" VALUES(1,0,'split','Finished',1795933373610770,1795933373622997,'{"name":"split","cluster_id":"cls-0tp93250w52blp000001","instance_count":1,"command_line":"echo split","auto_cluster":{},"max_retries":0,"timeout":86400,"environment":{},"package":"","container":"","registry":"","input_mapping":{},"output_mapping":{},"log_mapping":{},"stdout":"oss://bucket/logs/","stderr":"oss://bucket/logs/","app_outputs":null}',1,'[1]',0,0,7,'',1,0,1,'Waiting',NULL,'',0,0,0,1,0,0);
INSERT INTO "tasks" VALUES(1,1,'count','Finished',1795933373633574,1795933373656678,'{"name":"count","cluster_id":"cls-0tp93250w52blp000001","instance_count":3,"command_line":"echo $BATCH_COMPUTE_DAG_INSTANCE_ID","auto_cluster":{},"max_retries":0,"timeout":86400,"environment":{},"package":"","container":"","registry":"","input_mapping":{},"output_mapping":{},"log_mapping":{},"stdout":"oss://bucket/logs/","stderr":"oss://bucket/logs/","app_outputs":null}',1,'[2]',0,0,7,'',3,0,3,'Waiting',NULL,'',0,0,0,3,0,0);
INSERT INTO "tasks" VALUES(1,2,'merge','Finished',1795933373659382,1795933373665194,'{"name":"merge","cluster_id":"cls-0tp93250w52blp000001","instance_count":1,"command_line":"echo m","auto_cluster":{},"max_retries":0,"timeout":86400,"environment":{},"package":"","container":"","registry":"","input_mapping":{},"output_mapping":{},"log_mapping":{},"stdout":"oss://bucket/logs/","stderr":"oss://bucket/logs/","app_outputs":null}',1,'[]',0,0,7,'',1,0,1,'Waiting',NULL,'',0,0,0,1,0,0);
INSERT INTO "tasks" VALUES(2,0,'t','Failed',1795933373684583,1795933373701328,'{"name":"t","cluster_id":"cls-0tp93250w52blp000001","instance_count":2,"command_line":"echo why >&2; exit 3","auto_cluster":{},"max_retries":1,"timeout":86400,"environment":{},"package":"","container":"","registry":"","input_mapping":{},"output_mapping":{},"log_mapping":{},"stdout":"oss://bucket/logs/","stderr":"oss://bucket/logs/","app_outputs":null}',1,'[1]',0,0,0,'',2,1,2,'Stopped',1795933373701328,'',0,0,0,0,1,1);
INSERT INTO "tasks" VALUES(2,1,'later','Stopped',NULL,1795933373701328,'{"name":"later","cluster_id":"cls-0tp93250w52blp000001","instance_count":1,"command_line":"true","auto_cluster":{},"max_retries":0,"timeout":86400,"environment":{},"package":"","container":"","registry":"","input_mapping":{},"output_mapping":{},"log_mapping":{},"stdout":"oss://bucket/logs/","stderr":"oss://bucket/logs/","app_outputs":null}',1,'[]',1,0,0,'',1,0,0,'Stopped',1795933373701328,'',0,0,0,0,0,1);
INSERT INTO "tasks" VALUES(3,0,'t','Stopped',1795933373715900,1795933373753774,'{"name":"t","cluster_id":"cls-0tp93250w52blp000001","instance_count":2,"command_line":"sleep 600","auto_cluster":{},"max_retries":0,"timeout":86400,"environment":{},"package":"","container":"","registry":"","input_mapping":{},"output_mapping":{},"log_mapping":{},"stdout":"oss://bucket/logs/","stderr":"oss://bucket/logs/","app_outputs":null}',1,'[]',0,0,0,'',2,0,2,'Stopped',1795933373753774,'',0,0,0,0,0,2);
INSERT INTO "tasks" VALUES(4,0,'t','Finished',1795933373821108,1795933373827245,'{"name":"t","cluster_id":"","instance_count":1,"command_line":"echo auto","auto_cluster":{"ImageId":"img-ubuntu","InstanceType":"ecs.sn1.medium"},"max_retries":0,"timeout":86400,"environment":{},"package":"","container":"","registry":"","input_mapping":{},"output_mapping":{},"log_mapping":{},"stdout":"oss://bucket/logs/","stderr":"oss://bucket/logs/","app_outputs":null}',2,'[]',0,0,0,'',1,0,1,'Waiting',NULL,'',0,0,0,1,0,0);
INSERT INTO "tasks" VALUES(5,0,'first','Running',1795933373844144,NULL,'{"name":"first","cluster_id":"cls-0tp93250w52blp000001","instance_count":8,"command_line":"if [ $BATCH_COMPUTE_DAG_INSTANCE_ID -gt 1 ]; then while ! [ -e /dev/null ]; do sleep 0.05; done; fi; echo ran $BATCH_COMPUTE_DAG_INSTANCE_ID >> /dev/null","auto_cluster":{},"max_retries":0,"timeout":86400,"environment":{},"package":"","container":"","registry":"","input_mapping":{},"output_mapping":{},"log_mapping":{},"stdout":"oss://bucket/logs/","stderr":"oss://bucket/logs/","app_outputs":null}',1,'[1]',0,1,0,'',8,0,5,'Waiting',NULL,'',6,0,0,2,0,0);
INSERT INTO "tasks" VALUES(5,1,'second','Waiting',NULL,NULL,'{"name":"second","cluster_id":"cls-0tp93250w52blp000001","instance_count":2,"command_line":"echo second","auto_cluster":{},"max_retries":0,"timeout":86400,"environment":{},"package":"","container":"","registry":"","input_mapping":{},"output_mapping":{},"log_mapping":{},"stdout":"oss://bucket/logs/","stderr":"oss://bucket/logs/","app_outputs":null}',1,'[]',1,0,0,'',2,0,0,'Waiting',NULL,'',2,0,0,0,0,0);
INSERT INTO "tasks" VALUES(6,0,'t','Waiting',NULL,NULL,'{"name":"t","cluster_id":"cls-0tp93250w52blp000001","instance_count":5,"command_line":"echo waiting","auto_cluster":{},"max_retries":0,"timeout":86400,"environment":{},"package":"","container":"","registry":"","input_mapping":{},"output_mapping":{},"log_mapping":{},"stdout":"oss://bucket/logs/","stderr":"oss://bucket/logs/","app_outputs":null}',1,'[]',0,1,0,'',5,0,0,'Waiting',NULL,'',5,0,0,0,0,0);
CREATE TABLE tokens (
	kind VARCHAR(16) NOT NULL, 
	token VARCHAR(64) NOT NULL, 
	digest VARCHAR(64) NOT NULL, 
	resource_id TEXT NOT NULL, 
	created BIGINT NOT NULL, 
	PRIMARY KEY (kind, token)
);
CREATE INDEX ix_tokens_created ON tokens (created);
CREATE UNIQUE INDEX machines_by_attempt ON machines (attempt_id) WHERE attempt_id IS NOT NULL;
CREATE INDEX machines_by_group ON machines (cluster_seq, group_name, seq);
CREATE INDEX machines_free ON machines (cluster_seq, seq) WHERE state = 'Running' AND attempt_id IS NULL;
CREATE INDEX jobs_deleted ON jobs (seq) WHERE deleted IS 1;
CREATE INDEX jobs_by_state ON jobs (state, seq);
CREATE INDEX tasks_by_cluster ON tasks (cluster_seq, job_seq);
CREATE UNIQUE INDEX tasks_by_name ON tasks (job_seq, name);
CREATE INDEX tasks_runnable ON tasks (cluster_seq, priority DESC, job_seq, pos) WHERE ready IS 1 AND waiting > 0;
CREATE INDEX instances_requeued ON instances (job_seq, task_pos, idx) WHERE state = 'Waiting';
COMMIT;
