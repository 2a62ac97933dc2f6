# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypeAlias, TypedDict


class CommandDocker(TypedDict):
    """
    The container of a command.
    """

    Image: NotRequired[str]
    """
    Image in a public or cloud registry. Empty means no container.
    """
    RunMode: NotRequired[str]
    """
    Known to one family of clients; its values are not documented.
    """


class InputMappingConfig(TypedDict):
    """
    How input directories are mounted.
    """

    Locale: NotRequired[str]
    """
    Character set in which programs see file names, such as GBK, GB2312-80, BIG5, UTF-8, ANSI, EUC-JP, EUC-TW, EUC-KR, SHIFT-JIS or KSC5601. Names in the store are UTF-8. Older clients fill in GBK; a server takes absent as UTF-8.
    """
    Lock: NotRequired[bool]
    """
    Whether file locks work on the mounts, at some cost. They never reach the store.
    """


class CredentialChainLink(TypedDict):
    """
    One step of a chain of roles.
    """

    Role: NotRequired[str]
    """
    Name of the role.
    """
    UserId: NotRequired[int]
    """
    Account that owns the role.
    """


JobPriority: TypeAlias = int
"""
A priority as a number.
"""


JobPriorityText: TypeAlias = str
"""
A priority as decimal text.
"""


InputText: TypeAlias = str
"""
A text for an input parameter, also a place in the store.
"""


InputNumber: TypeAlias = float
"""
A number for an input parameter of type Number.
"""


class Logging(TypedDict):
    """
    Where the output of an App run goes.
    """

    StdoutPath: NotRequired[str]
    """
    Place in the store (oss://...) for standard output.
    """
    StderrPath: NotRequired[str]
    """
    Place in the store (oss://...) for standard error.
    """


class Classic(TypedDict):
    """
    Who may be reached in the classic network.
    """

    AllowSecurityGroup: NotRequired[list[str]]
    """
    Security groups that may connect to the VMs.
    """
    AllowSecurityGroupEgress: NotRequired[list[str]]
    """
    Security groups that the VMs may connect to.
    """
    AllowIpAddress: NotRequired[list[str]]
    """
    Addresses that may connect to the VMs.
    """
    AllowIpAddressEgress: NotRequired[list[str]]
    """
    Addresses that the VMs may connect to.
    """


class VPC(TypedDict):
    """
    A virtual private cloud. VM types starting with bcs. do not work inside one. Once any member of the express connection is given, OppositeRouterId, OppositeAccessPointId and OppositeRegionId are mandatory.
    """

    CidrBlock: NotRequired[str]
    """
    Address range; the hosted service had those within 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16 with a prefix of up to 24 bits. Older clients fill in 192.168.0.0/16.
    """
    VpcId: NotRequired[str]
    """
    The caller's own VPC; needs a CidrBlock inside it.
    """
    ExpressConnectSpec: NotRequired[str]
    """
    Size of an express connection, such as Large.2.
    """
    OppositeRegionId: NotRequired[str]
    """
    Region of the far end of the express connection.
    """
    OppositeAccessPointId: NotRequired[str]
    """
    Access point of the far end.
    """
    OppositeRouterType: NotRequired[str]
    """
    Kind of router at the far end, such as VRouter.
    """
    OppositeRouterId: NotRequired[str]
    """
    Router at the far end.
    """
    OppositeInterfaceId: NotRequired[str]
    """
    Router interface at the far end.
    """


class MountEntry(TypedDict):
    """
    One directory to mount.
    """

    Source: NotRequired[str]
    """
    oss://bucket/path, with or without a trailing /, or nas://host:/path for NFS in the same VPC; on Windows a NAS path ends in !. Some clients also know smb://, lustre:// and nasplus://.
    """
    Destination: NotRequired[str]
    """
    Local directory, created if needed; on Windows a drive such as E:.
    """
    WriteSupport: NotRequired[bool]
    """
    Whether programs may write there. What they write to a mount of objects stays on the VM, unless it is an output; writes to a NAS go straight to its server.
    """


class NAS(TypedDict):
    """
    Network file systems that may be mounted.
    """

    AccessGroup: NotRequired[list[str]]
    """
    Permission groups.
    """
    FileSystem: NotRequired[list[str]]
    """
    File systems.
    """


class OSS(TypedDict):
    """
    Credentials for mounting objects. Empty means the caller's own permissions.
    """

    AccessKeyId: NotRequired[str]
    """
    Access key id.
    """
    AccessKeySecret: NotRequired[str]
    """
    Access key secret.
    """
    SecurityToken: NotRequired[str]
    """
    Token of temporary credentials. Write this spelling.
    """
    AccessSecurityToken: NotRequired[str]
    """
    Another spelling of SecurityToken, accepted and echoed as received.
    """


AppEnvValue: TypeAlias = str
"""
Value of an environment variable of an App.
"""


class AppDocker(TypedDict):
    """
    Container image of an App.
    """

    Image: str
    """
    Name and tag of the image, such as localhost:5000/copy:0.1.
    """
    RegistryOSSPath: NotRequired[str]
    """
    Directory in the store (oss://...) that holds a registry with the image.
    """


class VM(TypedDict):
    """
    VM image of an App.
    """

    ECSImageId: str
    """
    ECS image (m-...) or registered image (img-...).
    """


class StringSetting(TypedDict):
    """
    A resource setting whose value is a text.
    """

    Description: NotRequired[str]
    """
    Free text.
    """
    Default: NotRequired[str]
    """
    The value unless a job replaces it.
    """
    Overwritable: NotRequired[bool]
    """
    Whether a job may replace the value.
    """


class IntegerSetting(TypedDict):
    """
    A resource setting whose value is an integer.
    """

    Description: NotRequired[str]
    """
    Free text.
    """
    Default: NotRequired[int]
    """
    The value unless a job replaces it.
    """
    Overwritable: NotRequired[bool]
    """
    Whether a job may replace the value.
    """


class TaskMetrics(TypedDict):
    """
    Number of tasks in each state.
    """

    WaitingCount: int
    """
    Number of tasks that wait.
    """
    RunningCount: int
    """
    Number of tasks that run.
    """
    FinishedCount: int
    """
    Number of tasks that have finished.
    """
    FailedCount: int
    """
    Number of tasks that have failed.
    """
    StoppedCount: int
    """
    Number of tasks that were stopped.
    """


class InstanceMetrics(TypedDict):
    """
    Number of instances in each state.
    """

    WaitingCount: int
    """
    Number of instances that wait, for the first time or for a retry.
    """
    RunningCount: int
    """
    Number of instances that run.
    """
    FinishedCount: int
    """
    Number of instances that have finished.
    """
    FailedCount: int
    """
    Number of instances that have failed for good.
    """
    StoppedCount: int
    """
    Number of instances that were stopped with their job.
    """


class Result(TypedDict):
    """
    How an attempt ended.
    """

    ExitCode: int
    """
    Exit code of the program; 0 is success, and 0 until the program has run.
    """
    ErrorCode: str
    """
    Kind of a failure that is not the program's own, such as a download or a timeout. Free text; there is no published list.
    """
    ErrorMessage: str
    """
    Text about such a failure.
    """
    Detail: str
    """
    More about such a failure.
    """


class InstanceError(TypedDict):
    """
    Why the run of an App failed; empty texts if it did not.
    """

    Code: NotRequired[str]
    """
    Kind of the failure. Free text; there is no published list.
    """
    Message: NotRequired[str]
    """
    Text about the failure.
    """


class SynchronousInstance(TypedDict):
    """
    A run of an App that was waited for.
    """

    RequestId: str
    """
    Id of the request, which also identifies the run.
    """
    StartTime: NotRequired[str]
    """
    When the run began.
    """
    EndTime: NotRequired[str]
    """
    When the run ended.
    """
    Outputs: NotRequired[dict[str, Any]]
    """
    Where the outputs went, by name of the output parameter.
    """
    Error: NotRequired[InstanceError]
    """
    Why the run failed; empty texts if it did not.
    """


class Metrics(TypedDict):
    """
    Number of a cluster's VMs in each state. The counts may lag behind.
    """

    RunningCount: int
    """
    Number of VMs that run.
    """
    StartingCount: int
    """
    Number of VMs that start.
    """
    StoppingCount: int
    """
    Number of VMs that are being released.
    """
    StoppedCount: int
    """
    Number of VMs that are released but still listed.
    """


class AppRevision(TypedDict):
    """
    One revision of an App.
    """

    Revision: int
    """
    Number of the revision, from 0.
    """
    UpdateTime: str
    """
    When the revision was stored.
    """


class AvailableNetworkType(TypedDict):
    """
    Networks in which a VM type works.
    """

    Classic: NotRequired[bool]
    """
    Whether it works in the classic network.
    """
    Vpc: NotRequired[bool]
    """
    Whether it works in a VPC.
    """


class ConsoleLink(TypedDict):
    """
    A link that opens the console of a service in one browser. An extension of the service that comes with this contract: the hosted one does not have it.
    """

    Url: str
    """
    The link. Whoever opens it first is signed in, so it is a secret.
    """
    ExpirationTime: str
    """
    Until when it works, UTC.
    """


ExplanationCode: TypeAlias = Literal[
    "Running",
    "Starting",
    "Finished",
    "FinishedWithFailures",
    "WaitsForTask",
    "WaitsForPriority",
    "WaitsForMachine",
    "WaitsForSlot",
    "WaitsForResources",
    "WaitsForDisk",
    "WaitsForPrevious",
    "WaitsForFormerRun",
    "WaitsForFormerAttempt",
    "NextToRun",
    "PoolStarting",
    "PoolEmpty",
    "ServiceHolds",
    "MachineGone",
    "ProgramFailed",
    "KilledBySignal",
    "KilledForMemory",
    "TimedOut",
    "AttemptFailed",
    "MachineLost",
    "LostTooOften",
    "ClusterDeleted",
    "Stopped",
    "StoppedWithJob",
    "Busy",
    "Idle",
    "Reserved",
    "Deleting",
]
"""
The kind of a reason. It goes on: Running, Starting. It is over: Finished, FinishedWithFailures. It waits: WaitsForTask (another task must finish first), WaitsForPriority (instances of higher priority come first), WaitsForMachine (all VMs are busy), WaitsForSlot (the service runs as many programs as it may), WaitsForResources (the machine has not enough processors, memory or devices free), WaitsForDisk (a disk of the service is nearly full), WaitsForPrevious (it was given to a VM, where another program has not ended), WaitsForFormerRun and WaitsForFormerAttempt (what was stopped has not ended), PoolStarting (no VM runs yet), PoolEmpty (no VM is wanted), ServiceHolds (the service starts nothing at this moment), NextToRun (nothing keeps it), MachineGone (what became of it is being found out). It failed: ProgramFailed (exit code), KilledBySignal, KilledForMemory, TimedOut, AttemptFailed (its files or its sandbox), MachineLost, LostTooOften, ClusterDeleted. It was ended: Stopped, StoppedWithJob. A cluster: Busy, Idle, Reserved, Deleting.
"""


JobState: TypeAlias = Literal["Waiting", "Running", "Finished", "Failed", "Stopped"]
"""
State of a job, task or instance. Waiting and Running go on by themselves; Finished is final; Failed and Stopped last until the job is started again.
"""


DagJobType: TypeAlias = Literal["DAG"]
"""
The kind of a job made from a graph of tasks.
"""


AppJobType: TypeAlias = Literal["App"]
"""
The kind of a job made from an App.
"""


JobOrderKey: TypeAlias = Literal["Id", "CreationTime"]
"""
What a list of jobs can be sorted by.
"""


ClusterState: TypeAlias = Literal["Active", "Deleting"]
"""
State of a cluster. A cluster that is gone shows as Deleted in its notification only; one client also knows a state Error.
"""


ClusterInstanceState: TypeAlias = Literal["Pending", "Starting", "Running", "Deleting", "Deleted"]
"""
State of a VM: Pending until it is requested, Starting until its agent reports, then Running; Deleting until it is released, then Deleted and no longer listed.
"""


ResourceType: TypeAlias = Literal["OnDemand", "Spot", "PrePaid"]
"""
How VMs are paid for: by the hour, at spot price, or in advance.
"""


SpotStrategy: TypeAlias = Literal["SpotWithPriceLimit", "SpotAsPriceGo"]
"""
How spot VMs are bid for: up to a limit, or at whatever the price is.
"""


DiskType: TypeAlias = Literal[
    "cloud_efficiency", "cloud_ssd", "cloud", "ephemeral", "ephemeral_ssd"
]
"""
Type of a disk. VM types starting with bcs. take ephemeral disks only.
"""


ScheduleType: TypeAlias = Literal["LowLatency", "Poll", "Push"]
"""
How instances are handed to VMs. Known to clients; not documented.
"""


ImagePlatform: TypeAlias = Literal["Linux", "Windows"]
"""
Operating system of an image.
"""


ImageType: TypeAlias = Literal["System", "Self"]
"""
Whether an image belongs to the system or was registered by the caller.
"""


AppScope: TypeAlias = Literal["Public", "Private"]
"""
Whose Apps: public ones, or the caller's own.
"""


ParameterType: TypeAlias = Literal["String", "Number"]
"""
Type of an App parameter.
"""


EventName: TypeAlias = Literal[
    "OnClusterDeleted",
    "OnInstanceCreated",
    "OnInstanceActive",
    "OnJobWaiting",
    "OnJobRunning",
    "OnJobStopped",
    "OnJobFinished",
    "OnJobFailed",
    "OnTaskWaiting",
    "OnTaskRunning",
    "OnTaskStopped",
    "OnTaskFinished",
    "OnTaskFailed",
    "OnInstanceWaiting",
    "OnInstanceRunning",
    "OnInstanceStopped",
    "OnInstanceFinished",
    "OnInstanceFailed",
    "OnPriorityChange",
]
"""
Something that can be published. The first three are events of clusters, the others of jobs; OnInstanceWaiting and later names are about instances of tasks, OnInstanceCreated and OnInstanceActive about VMs.
"""


class Command(TypedDict):
    """
    A program and its environment.
    """

    CommandLine: str
    """
    Command to run in the working directory through the shell (sh -c), the same for all instances. Exit code 0 is success. Up to 128 KiB in UTF-8, which is what a system can start (the hosted service documented 1024 characters, and took more).
    """
    PackagePath: str
    """
    Gzip-compressed tar in the store (oss://...) that is unpacked into the working directory first. Any other file is put there under its own name and can be executed. Empty means none.
    """
    EnvVars: NotRequired[dict[str, str]]
    """
    Additional environment variables. They win over those of the cluster. The service adds BATCH_COMPUTE_DAG_JOB_ID, BATCH_COMPUTE_DAG_TASK_ID, BATCH_COMPUTE_DAG_INSTANCE_ID, BATCH_COMPUTE_REGION and others. BATCH_COMPUTE_DOCKER_IMAGE and BATCH_COMPUTE_DOCKER_REGISTRY_OSS_PATH select a container image in the caller's store.
    """
    Docker: NotRequired[CommandDocker]
    """
    Container to run the program in.
    """


class CredentialConfig(TypedDict):
    """
    Roles under which a program may act.
    """

    ServiceRole: NotRequired[str]
    """
    Role that the service assumes for the caller.
    """
    Chain: NotRequired[list[CredentialChainLink]]
    """
    Roles that are assumed one after the other from there.
    """


class Topic(TypedDict):
    """
    A topic of the message service. The account must have allowed the service to publish to it.
    """

    Name: NotRequired[str]
    """
    Name of the topic. Empty means no notification.
    """
    Endpoint: NotRequired[str]
    """
    Intranet endpoint, http://UserId.mns.Region.aliyuncs.com/.
    """
    Events: NotRequired[list[EventName]]
    """
    The events to publish.
    """
    UserData: NotRequired[str]
    """
    Known to one family of clients; not documented.
    """
    UserTemplate: NotRequired[str]
    """
    Known to one family of clients; not documented.
    """


AnyPriority: TypeAlias = JobPriority | JobPriorityText
"""
A priority as a number, or as the text that old clients send.
"""


AnyInputValue: TypeAlias = InputText | InputNumber
"""
Value of an input parameter, a text or a number as its declaration says.
"""


class AppJobConfig(TypedDict):
    """
    Resource settings of one run of an App. What is absent is taken from the App.
    """

    ResourceType: NotRequired[ResourceType]
    """
    How the VMs are paid for.
    """
    InstanceType: NotRequired[str]
    """
    VM type.
    """
    InstanceCount: NotRequired[int]
    """
    Number of instances, at least 1.
    """
    MinDiskSize: NotRequired[int]
    """
    Size of the system disk in GB.
    """
    DiskType: NotRequired[DiskType]
    """
    Type of the system disk.
    """
    MinDataDiskSize: NotRequired[int]
    """
    Size of the data disk in GB; 0 means none.
    """
    DataDiskType: NotRequired[DiskType]
    """
    Type of the data disk.
    """
    DataDiskMountPoint: NotRequired[str]
    """
    Where the data disk is mounted.
    """
    MaxRetryCount: NotRequired[int]
    """
    How often a failed instance is run again.
    """
    Timeout: NotRequired[int]
    """
    Longest run of one attempt in seconds; 0 means the same as absent.
    """
    ReserveOnFail: NotRequired[bool]
    """
    Keep the VMs when the run failed, for debugging.
    """
    ClassicNetwork: NotRequired[bool]
    """
    Known to one family of clients; whether to use the classic network.
    """
    ClusterId: NotRequired[str]
    """
    Known to one family of clients; id of a cluster to run on.
    """


class GroupDescription(TypedDict):
    """
    A group of equal VMs.
    """

    DesiredVMCount: int
    """
    Number of VMs wanted, 0 to 65536; the quota of the account is usually smaller.
    """
    InstanceType: NotRequired[str]
    """
    VM type. Empty means that of the cluster.
    """
    ResourceType: NotRequired[ResourceType]
    """
    How the VMs are paid for. Empty means OnDemand.
    """
    SpotStrategy: NotRequired[SpotStrategy]
    """
    How spot VMs are bid for; only with ResourceType Spot. Empty means none.
    """
    SpotPriceLimit: NotRequired[float]
    """
    Highest price per VM and hour; only with SpotWithPriceLimit.
    """
    HostnamePrefix: NotRequired[str]
    """
    Start of the host names of the VMs.
    """
    ImageId: NotRequired[str]
    """
    Image of this group. Empty or absent means that of the cluster.
    """
    Mode: NotRequired[str]
    """
    Known to one family of clients; not documented.
    """


class SystemDisk(TypedDict):
    """
    Disk of the operating system.
    """

    Type: NotRequired[DiskType]
    """
    Type of the disk. Empty lets the service choose.
    """
    Size: int
    """
    Size in GB; the hosted service had 40 to 500. Absent means 40 or the size of the image, whichever is larger.
    """


class DataDisk(TypedDict):
    """
    Additional disk of a VM.
    """

    Type: NotRequired[DiskType]
    """
    Type of the disk. Empty lets the service choose.
    """
    Size: int
    """
    Size in GB; 0 means no data disk. The documented ranges differ (5 to 1000, 1024, 2000, or 20 to 32768, by type and age), so a server takes what is sent.
    """
    MountPoint: NotRequired[str]
    """
    Where the disk is mounted, needed if there is one: a directory on Linux, a drive from A: to Z: except C: on Windows.
    """


class Networks(TypedDict):
    """
    The network of VMs. VPC excludes Classic in effect.
    """

    Classic: NotRequired[Classic]
    """
    Rules of the classic network.
    """
    VPC: NotRequired[VPC]
    """
    The virtual private cloud to use.
    """


class Mounts(TypedDict):
    """
    Directories to mount on VMs, and how.
    """

    Entries: NotRequired[list[MountEntry]]
    """
    What to mount where.
    """
    Locale: NotRequired[str]
    """
    Character set in which programs see file names. Some clients fill in GBK; a server takes absent as UTF-8.
    """
    Lock: NotRequired[bool]
    """
    Whether file locks work on the mounts.
    """
    CacheSupport: NotRequired[bool]
    """
    Whether the VM caches object data.
    """
    CacheBlockSize: NotRequired[int]
    """
    Size of a cache block in bytes.
    """
    CacheTotalSize: NotRequired[int]
    """
    Size of the whole cache in bytes.
    """
    NAS: NotRequired[NAS]
    """
    Network file systems that may be mounted.
    """
    OSS: NotRequired[OSS]
    """
    Credentials for mounting objects.
    """
    RefreshStrategy: NotRequired[str]
    """
    Known to one family of clients; not documented.
    """
    RefreshTopicName: NotRequired[str]
    """
    Known to one family of clients; not documented.
    """
    RefreshTimeOut: NotRequired[int]
    """
    Known to one family of clients; by its name, seconds between refreshes.
    """
    NasMetaCache: NotRequired[bool]
    """
    Whether the VM caches metadata of network file systems.
    """


class ModifyGroupDescription(TypedDict):
    """
    Changes to a group. What is absent stays.
    """

    DesiredVMCount: NotRequired[int]
    """
    Number of VMs wanted, 0 to 65536.
    """
    InstanceType: NotRequired[str]
    """
    VM type of VMs that are made from now on.
    """
    SpotStrategy: NotRequired[SpotStrategy]
    """
    How spot VMs are bid for. Empty means none.
    """
    SpotPriceLimit: NotRequired[float]
    """
    Highest price per VM and hour; only with SpotWithPriceLimit.
    """


class ModifyConfigs(TypedDict):
    """
    The part of Configs that can be changed.
    """

    Mounts: Mounts
    """
    Replaces the mounts.
    """


class ImageDescription(TypedDict):
    """
    An ECS image to register.
    """

    Name: NotRequired[str]
    """
    Name of the image: at most 64 letters, digits, - or _, not starting with a digit. May be absent or empty.
    """
    Description: NotRequired[str]
    """
    Free text, at most 1024 characters.
    """
    EcsImageId: str
    """
    The ECS image, m-... (note the spelling of the member).
    """
    Platform: ImagePlatform
    """
    Operating system of the image.
    """
    IdempotentToken: NotRequired[str]
    """
    Some clients put the token here; the documented place is the query parameter.
    """


class Parameter(TypedDict):
    """
    A declared input or output of an App. Answers about the public face of an App leave LocalPath out.
    """

    Description: NotRequired[str]
    """
    Free text, at most 1000 characters.
    """
    Type: NotRequired[ParameterType]
    """
    Type of the value.
    """
    Default: NotRequired[Any]
    """
    Value if the job gives none. Any JSON value that matches Type, or null for none. Outputs do not use it.
    """
    LocalPath: NotRequired[str]
    """
    Local path, ending in / for a directory. With it the value is a place in the store: an input is made available there, an output is taken from there.
    """


class AppConfig(TypedDict):
    """
    Resource settings of an App. What is absent has the default that its member names.
    """

    ResourceType: NotRequired[StringSetting]
    """
    How the VMs are paid for; OnDemand by default.
    """
    InstanceType: NotRequired[StringSetting]
    """
    VM type; by default the service picks.
    """
    InstanceCount: NotRequired[IntegerSetting]
    """
    Number of instances; 1 by default.
    """
    MinDiskSize: NotRequired[IntegerSetting]
    """
    Size of the system disk in GB; 40 by default.
    """
    DiskType: NotRequired[StringSetting]
    """
    Type of the system disk; cloud_efficiency by default.
    """
    MinDataDiskSize: NotRequired[IntegerSetting]
    """
    Size of the data disk in GB; 0, that is none, by default.
    """
    DataDiskType: NotRequired[StringSetting]
    """
    Type of the data disk; cloud_efficiency by default.
    """
    DataDiskMountPoint: NotRequired[StringSetting]
    """
    Where the data disk is mounted; empty by default.
    """
    MaxRetryCount: NotRequired[IntegerSetting]
    """
    How often a failed instance is run again; 0 by default.
    """
    Timeout: NotRequired[IntegerSetting]
    """
    Longest run of one attempt in seconds; 86400 by default.
    """


class Job(TypedDict):
    """
    The status of a job.
    """

    Id: str
    """
    Id of the job.
    """
    Name: str
    """
    Name of the job.
    """
    OwnerId: int
    """
    Account that owns the job.
    """
    State: JobState
    """
    Where the job stands. Finished is final; Stopped and Failed last until the job is started again.
    """
    Message: str
    """
    Why the job failed; empty normally.
    """
    CreationTime: str
    """
    When the job was created.
    """
    StartTime: str
    """
    When the job left Waiting; empty before, and again after a new start.
    """
    EndTime: str
    """
    When the job became Finished, Failed or Stopped; empty before.
    """
    TaskMetrics: TaskMetrics
    """
    Number of tasks in each state.
    """
    InstanceMetrics: InstanceMetrics
    """
    Number of instances in each state, over all tasks.
    """
    Priority: NotRequired[int]
    """
    Current priority. Some answers leave it out.
    """


class Task(TypedDict):
    """
    The status of a task.
    """

    TaskName: str
    """
    Name of the task.
    """
    State: JobState
    """
    Where the task stands.
    """
    StartTime: str
    """
    When the task left Waiting; empty before.
    """
    EndTime: str
    """
    When the task became Finished, Failed or Stopped; empty before.
    """
    InstanceMetrics: InstanceMetrics
    """
    Number of the task's instances in each state.
    """


class Instance(TypedDict):
    """
    The status of an instance, one run of a task's command.
    """

    InstanceId: int
    """
    Number of the instance, from 0 to InstanceCount - 1.
    """
    State: JobState
    """
    Where the instance stands. It waits again before each retry.
    """
    StartTime: str
    """
    When the instance left Waiting; empty before.
    """
    EndTime: str
    """
    When the instance became Finished, Failed or Stopped; empty before.
    """
    RetryCount: int
    """
    Retries so far.
    """
    Progress: int
    """
    Progress in percent, 0 to 100. Usually 0 until the end.
    """
    StdoutRedirectPath: str
    """
    Object with the standard output. It may be missing for an instance that never ran.
    """
    StderrRedirectPath: str
    """
    Object with the standard error. It may be missing for an instance that never ran.
    """
    Result: Result
    """
    How the last attempt ended; 0 and empty until known.
    """
    NodeIp: NotRequired[str]
    """
    Address of the VM.
    """
    Error: NotRequired[InstanceError]
    """
    Why the run of an App failed; only in App jobs.
    """
    Outputs: NotRequired[dict[str, Any]]
    """
    Where the outputs went, by name of the output parameter; only in App jobs.
    """


class ClusterInstance(TypedDict):
    """
    The status of one VM of a cluster group.
    """

    Id: str
    """
    Id of the VM. May be empty while it is being requested.
    """
    State: ClusterInstanceState
    """
    Where the VM stands.
    """
    CreationTime: str
    """
    When the VM was asked for.
    """
    Hint: str
    """
    Affinity hint, filled for VMs of automatic clusters; empty otherwise.
    """
    IpAddress: NotRequired[str]
    """
    Address of the VM.
    """
    HostName: NotRequired[str]
    """
    Host name of the VM.
    """
    EcsInstanceId: NotRequired[str]
    """
    Id of the VM in the compute service. Known to one family of clients.
    """
    ErrorCode: NotRequired[int]
    """
    What is wrong with the VM, as a number.
    """
    ErrorMessage: NotRequired[str]
    """
    What is wrong with the VM, as text.
    """
    InstancePassword: NotRequired[str]
    """
    Password of the VM; only inside a VPC.
    """


class Image(TypedDict):
    """
    A registered or system image.
    """

    Id: str
    """
    Id of the image, such as img-23jhhsd or img-ubuntu.
    """
    Name: str
    """
    Name of the image.
    """
    Description: str
    """
    Free text.
    """
    EcsImageId: str
    """
    The ECS image behind it.
    """
    Platform: ImagePlatform
    """
    Operating system of the image.
    """
    Type: ImageType
    """
    Whether it is an image of the system or registered by the caller.
    """
    CreationTime: str
    """
    When the image was registered.
    """
    OwnerId: int
    """
    Account that owns the image; 0 for the system. Some documented answers write the number as text.
    """


class App(TypedDict):
    """
    The public face of an App. Answers do not show command line, image or environment; these members exist for readers that expect the shape of AppDescription.
    """

    Name: str
    """
    Name of the App, which identifies it.
    """
    Description: NotRequired[str]
    """
    Free text.
    """
    CreationTime: str
    """
    When the App was created.
    """
    OwnerId: NotRequired[int]
    """
    Account that owns the App.
    """
    InputParameters: NotRequired[dict[str, Parameter]]
    """
    Declared inputs by name, without LocalPath.
    """
    OutputParameters: NotRequired[dict[str, Parameter]]
    """
    Declared outputs by name, without LocalPath.
    """
    Config: NotRequired[AppConfig]
    """
    Resource settings and whether a job may replace them.
    """
    CommandLine: NotRequired[str]
    """
    Not in answers; see get_app_detail.
    """
    Docker: NotRequired[AppDocker]
    """
    Not in answers; see get_app_detail.
    """
    VM: NotRequired[VM]
    """
    Not in answers; see get_app_detail.
    """
    EnvVars: NotRequired[dict[str, str]]
    """
    Not in answers; see get_app_detail.
    """
    Daemonize: NotRequired[bool]
    """
    Not in answers; see get_app_detail.
    """


class Quota(TypedDict):
    """
    What the account may use in the region.
    """

    AvailableClusterResourceType: NotRequired[list[ResourceType]]
    """
    Ways of paying for VMs. Older answers lack it.
    """
    AvailableClusterInstanceType: list[str]
    """
    VM types.
    """
    AvailableSpotInstanceType: NotRequired[list[str]]
    """
    VM types that can be had as spot VMs. Older answers lack it.
    """
    AvailableClusterInstanceSystemDiskType: list[DiskType]
    """
    Types of system disks.
    """
    AvailableClusterInstanceDataDiskType: list[DiskType]
    """
    Types of data disks.
    """


class AvailableInstanceDesc(TypedDict):
    """
    A VM type.
    """

    InstanceType: str
    """
    Name of the VM type.
    """
    CpuCore: int
    """
    Number of CPU cores.
    """
    MemorySize: int
    """
    Memory in GB.
    """
    Network: NotRequired[AvailableNetworkType]
    """
    Networks in which it works.
    """


class InstanceAttempt(TypedDict):
    """
    One attempt to run an instance.
    """

    Number: int
    """
    Which attempt it is, from 1 on. It grows over restarts of the job as well, and numbers of attempts whose program never began may be missing.
    """
    State: JobState
    """
    Failed for every attempt that another one followed or may follow, and the state of the instance for the newest one.
    """
    MachineId: str
    """
    The VM that it was given to; empty if that is not known any more.
    """
    StartTime: str
    """
    When its program began; empty if that is not known.
    """
    EndTime: str
    """
    When it ended; empty if it did not.
    """
    ExitCode: int
    """
    Exit code of its program; 0 if it did not exit.
    """
    ErrorCode: str
    """
    The kind of an end that is not the program's own, such as TimedOut or AttemptLost; else empty. What was lost does not count for MaxRetryCount.
    """
    Reason: str
    """
    How it failed, in a few words; empty if it did not.
    """


class Explanation(TypedDict):
    """
    Why a job, a task, an instance or a cluster is in its state. An extension of the service that comes with this contract: the hosted one does not have it.
    """

    State: str
    """
    The state of what is explained, at the same moment: one of JobState, or of ClusterState for a cluster.
    """
    Code: ExplanationCode
    """
    The kind of the reason, for programs.
    """
    Reason: str
    """
    The reason, as one sentence for people. It is never empty.
    """
    Details: dict[str, float]
    """
    The numbers of the sentence and those behind it, by name, for example AheadCount, DesiredVMCount, ExitCode or Seconds.
    """
    Related: dict[str, str]
    """
    What the sentence is about, by kind: JobId, TaskName, InstanceId, ClusterId, GroupName, MachineId or ErrorCode. A kind that is missing is that of the thing itself, or none.
    """
    Since: str
    """
    Since when it is so; empty if that is not known.
    """


class Parameters(TypedDict):
    """
    What a task runs, and where its output goes.
    """

    Command: Command
    """
    The program.
    """
    InputMappingConfig: NotRequired[InputMappingConfig]
    """
    How InputMapping is mounted.
    """
    StdoutRedirectPath: str
    """
    Directory in the store (oss://.../) for standard output, written at the end of each attempt as stdout.JobId.TaskName.InstanceId. Empty means that output is discarded.
    """
    StderrRedirectPath: str
    """
    The same for standard error, written as stderr.JobId.TaskName.InstanceId.
    """


class Notification(TypedDict):
    """
    Where to publish events.
    """

    Topic: NotRequired[Topic]
    """
    The topic and the events to publish there. Absent or empty means none.
    """


class PriorityChange(TypedDict):
    """
    A new priority for a job.
    """

    Priority: AnyPriority
    """
    Order among the caller's own jobs, 0 to 1000. Larger runs first. Old clients send it as text.
    """


class AppJob(TypedDict):
    """
    An App and the arguments of one run of it.
    """

    AppName: str
    """
    Name of the caller's own App, or Public:Name or :Name for a public one; 1 to 1024 letters, digits, :, - or _. The newest revision is used.
    """
    Inputs: NotRequired[dict[str, AnyInputValue]]
    """
    Values of input parameters by name, any number of them (the hosted service took 50). They must match the declared type; parameters left out take their declared default.
    """
    Outputs: NotRequired[dict[str, str]]
    """
    Place in the store (oss://...) for each output parameter that has a LocalPath.
    """
    Logging: NotRequired[Logging]
    """
    Where standard output and error go.
    """
    Config: NotRequired[AppJobConfig]
    """
    Resource settings that replace those of the App. Only those may be given that the App declares Overwritable.
    """


class Disks(TypedDict):
    """
    The disks of a VM. The hosted service wanted both of the same type.
    """

    SystemDisk: SystemDisk
    """
    Disk of the operating system.
    """
    DataDisk: DataDisk
    """
    Additional disk, a single one.
    """


class ModifyClusterDescription(TypedDict):
    """
    Changes to a cluster. What is absent stays. At least one member must be given; an empty Groups beside other members changes no group.
    """

    Groups: NotRequired[dict[str, ModifyGroupDescription]]
    """
    Changes by name of the group. Groups that are not named stay as they are.
    """
    ImageId: NotRequired[str]
    """
    Image of VMs that are made from now on. Empty means no change.
    """
    UserData: NotRequired[dict[str, str]]
    """
    Replaces the user data.
    """
    EnvVars: NotRequired[dict[str, str]]
    """
    Replaces the environment variables.
    """
    Configs: NotRequired[ModifyConfigs]
    """
    New mounts.
    """
    InputMapping: NotRequired[dict[str, str]]
    """
    Known to one family of clients; replaces the input mapping of the cluster.
    """


class AppDescription(TypedDict):
    """
    An App: a program with declared parameters and resource settings. Exactly one of Docker and VM must be given; an empty object counts as absent.
    """

    Name: str
    """
    Name of the App: letters, digits, - or _. Unique per owner.
    """
    Description: NotRequired[str]
    """
    Free text, at most 1000 characters.
    """
    CommandLine: str
    """
    Command to run, up to 128 KiB in UTF-8, which is what a system can start (the hosted service documented 1000 characters). It may use ${name} for parameters, which reach the program as environment variables.
    """
    InputParameters: NotRequired[dict[str, Parameter]]
    """
    Declared inputs by name.
    """
    OutputParameters: NotRequired[dict[str, Parameter]]
    """
    Declared outputs by name.
    """
    Docker: NotRequired[AppDocker]
    """
    Container image, for an App that runs in a container.
    """
    VM: NotRequired[VM]
    """
    VM image, for an App that runs directly on a VM.
    """
    EnvVars: NotRequired[dict[str, AppEnvValue]]
    """
    Environment variables. The hosted service documented at most 50, names of up to 100 letters, digits, - or _, and values of up to 1000 characters.
    """
    Daemonize: NotRequired[bool]
    """
    Whether the program is kept alive between runs instead of started for each.
    """
    Config: NotRequired[AppConfig]
    """
    Resource settings and whether a job may replace them.
    """


class Group(TypedDict):
    """
    The status of a cluster group.
    """

    DesiredVMCount: int
    """
    Number of VMs wanted.
    """
    ActualVMCount: int
    """
    Number of VMs present. It follows DesiredVMCount and may lag behind.
    """
    InstanceType: str
    """
    VM type.
    """
    ResourceType: ResourceType
    """
    How the VMs are paid for.
    """
    SpotStrategy: NotRequired[SpotStrategy]
    """
    How spot VMs are bid for; empty or absent if they are not.
    """
    SpotPriceLimit: NotRequired[float]
    """
    Highest price per VM and hour.
    """
    Disks: NotRequired[Disks]
    """
    Disks of the VMs.
    """
    ImageId: NotRequired[str]
    """
    Image of the VMs, if it is not that of the cluster.
    """
    HostnamePrefix: NotRequired[str]
    """
    Start of the host names of the VMs.
    """


class AvailableResource(TypedDict):
    """
    What can be had in the region now.
    """

    AvailableClusterInstanceType: NotRequired[list[AvailableInstanceDesc]]
    """
    VM types.
    """
    AvailableSpotInstanceType: NotRequired[list[AvailableInstanceDesc]]
    """
    VM types that can be had as spot VMs.
    """
    AvailablePrepaidInstanceType: NotRequired[list[AvailableInstanceDesc]]
    """
    VM types that are paid for in advance.
    """
    AvailableResourceType: NotRequired[list[ResourceType]]
    """
    Ways of paying for VMs.
    """
    AvailableSystemDiskType: NotRequired[list[DiskType]]
    """
    Types of system disks.
    """
    AvailableDataDiskType: NotRequired[list[DiskType]]
    """
    Types of data disks.
    """


class InstanceAttempts(TypedDict):
    """
    The attempts of an instance. An extension of the service that comes with this contract: the hosted one does not have it.
    """

    Items: list[InstanceAttempt]
    """
    The attempts, oldest first.
    """


class AppJobDescription(TypedDict):
    """
    A job made from an App. The answer of get_job_description has one more member, Id, the id of the job.
    """

    Name: str
    """
    Name of the job: 1 to 100 letters, digits, - or _. Need not be unique.
    """
    Type: NotRequired[AppJobType]
    """
    Kind of the job, always App here.
    """
    Description: NotRequired[str]
    """
    Free text, at most 1000 characters.
    """
    Priority: NotRequired[int]
    """
    Order among the caller's own jobs, 0 to 1000. Larger runs first.
    """
    JobFailOnInstanceFail: NotRequired[bool]
    """
    Whether one failed instance fails the whole job at once.
    """
    AutoRelease: NotRequired[bool]
    """
    Delete the job by itself as soon as it has Finished.
    """
    Notification: NotRequired[Notification]
    """
    Where to publish events of the job.
    """
    App: AppJob
    """
    The App and its arguments.
    """


class Configs(TypedDict):
    """
    Disks, networks and mounts of VMs.
    """

    Disks: Disks
    """
    System and data disk.
    """
    Networks: NotRequired[Networks]
    """
    Classic network or VPC.
    """
    Mounts: NotRequired[Mounts]
    """
    Directories to mount.
    """


class Cluster(TypedDict):
    """
    The status of a cluster.
    """

    Id: str
    """
    Id of the cluster.
    """
    Name: str
    """
    Name of the cluster.
    """
    Description: str
    """
    Free text given at creation.
    """
    OwnerId: int
    """
    Account that owns the cluster.
    """
    CreationTime: str
    """
    When the cluster was created.
    """
    State: ClusterState
    """
    Where the cluster stands.
    """
    ImageId: str
    """
    Image of the VMs.
    """
    InstanceType: NotRequired[str]
    """
    VM type of groups that name none.
    """
    Groups: dict[str, Group]
    """
    The groups by name.
    """
    Metrics: Metrics
    """
    Number of VMs in each state. Very old answers spell this member Metric.
    """
    OperationLogs: list[str]
    """
    What happened, oldest first, as [time]text, [time][group]text or [time][group][instance]text.
    """
    UserData: NotRequired[dict[str, str]]
    """
    User data as given.
    """
    EnvVars: NotRequired[dict[str, str]]
    """
    Environment variables as given.
    """
    Bootstrap: NotRequired[str]
    """
    Start command as given.
    """
    Configs: NotRequired[Configs]
    """
    Disks, networks and mounts as given.
    """
    Notification: NotRequired[Notification]
    """
    Where events are published, as given.
    """
    ErrorCode: NotRequired[str]
    """
    What is wrong with the cluster. Known to one family of clients.
    """
    SecurityGroup: NotRequired[str]
    """
    Security group of the VMs. Known to one family of clients.
    """
    SecurityGroups: NotRequired[list[str]]
    """
    Security groups of the VMs. Known to one family of clients.
    """
    InputMapping: NotRequired[dict[str, str]]
    """
    Input mapping of the cluster. Known to one family of clients.
    """
    InputMappingConfig: NotRequired[InputMappingConfig]
    """
    How the input mapping is mounted. Known to one family of clients.
    """
    WriteSupport: NotRequired[bool]
    """
    Whether programs may write to mounts. Known to one family of clients.
    """


class AutoCluster(TypedDict):
    """
    A cluster made for one task and released when the task's instances are done. Its size follows from InstanceCount.
    """

    ImageId: NotRequired[str]
    """
    Registered image (img-...) or ECS image (m-...). This or ECSImageId is needed.
    """
    ECSImageId: NotRequired[str]
    """
    ECS image (m-...). This or ImageId is needed.
    """
    InstanceType: NotRequired[str]
    """
    VM type, such as ecs.sn1ne.large. Empty lets the service pick.
    """
    ResourceType: NotRequired[ResourceType]
    """
    How the VMs are paid for. Empty means OnDemand.
    """
    SpotStrategy: NotRequired[SpotStrategy]
    """
    How spot VMs are bid for; only with ResourceType Spot. Empty means none.
    """
    SpotPriceLimit: NotRequired[float]
    """
    Highest price per VM and hour; only with SpotWithPriceLimit.
    """
    Configs: NotRequired[Configs]
    """
    Disks, networks and mounts.
    """
    UserData: NotRequired[dict[str, str]]
    """
    Texts that programs can read through the metadata service of the VM.
    """
    ReserveOnFail: NotRequired[bool]
    """
    Keep the VMs when the task failed, for debugging. They cost until they are removed by hand.
    """
    ClusterId: NotRequired[str]
    """
    Existing cluster to attach to while keeping this form. Clients know it; it is not documented.
    """
    DependencyIsvService: NotRequired[str]
    """
    Known to clients; not documented.
    """


class ClusterDescription(TypedDict):
    """
    A cluster to make.
    """

    Name: str
    """
    Name of the cluster: 1 to 64 letters, digits, - or _, not starting with a digit. Need not be unique.
    """
    Description: NotRequired[str]
    """
    Free text, at most 1024 characters.
    """
    ImageId: str
    """
    Registered image (img-...) or ECS image (m-...) of the VMs.
    """
    InstanceType: NotRequired[str]
    """
    VM type of groups that name none. Empty lets the service pick.
    """
    Groups: dict[str, GroupDescription]
    """
    Groups of VMs by name, 1 to 64 of them. A group name has 1 to 64 letters, digits, - or _ and does not start with a digit.
    """
    UserData: NotRequired[dict[str, str]]
    """
    Texts that programs can read through the metadata service of the VM.
    """
    EnvVars: NotRequired[dict[str, str]]
    """
    Environment variables of all programs on the cluster.
    """
    Bootstrap: NotRequired[str]
    """
    Script or command that runs when a VM has started.
    """
    ScheduleType: NotRequired[ScheduleType]
    """
    How instances are handed to VMs. Known to clients; not documented.
    """
    Configs: NotRequired[Configs]
    """
    Disks, networks and mounts.
    """
    Notification: NotRequired[Notification]
    """
    Where to publish events of the cluster.
    """
    PasswordInherit: NotRequired[bool]
    """
    Known to clients, not documented; by its name, whether VMs keep the password of the image.
    """
    DependencyIsvService: NotRequired[str]
    """
    Known to clients; not documented.
    """


class TaskDescription(TypedDict):
    """
    A task: one command, run InstanceCount times in parallel. Exactly one of ClusterId and AutoCluster must be effective. ClusterId is effective if it is not empty, and then it wins; AutoCluster is effective if it holds a non-empty ImageId, ECSImageId or ClusterId. A client sends one, a server stores and echoes both.
    """

    Parameters: Parameters
    """
    What to run.
    """
    InstanceCount: NotRequired[int]
    """
    Number of instances that run in parallel, at least 1.
    """
    Timeout: NotRequired[int]
    """
    Longest run of one attempt of an instance, in seconds. A longer run is killed and counts as a failed attempt, subject to MaxRetryCount. 0 means the same as absent.
    """
    MaxRetryCount: NotRequired[int]
    """
    How often a failed instance is run again. 0 means never, so there are at most MaxRetryCount + 1 attempts.
    """
    InputMapping: NotRequired[dict[str, str]]
    """
    Object or directory in the store (oss://...) to local path, mounted before the program starts. Its files can be read and executed; see WriteSupport for the rest. A trailing / on either side makes both a directory; without one it is the object, or else the directory.
    """
    OutputMapping: NotRequired[dict[str, str]]
    """
    Local path to object or directory in the store (oss://...), uploaded after the program has succeeded, as far as the program left anything there. A trailing / on either side makes both a directory; without one it is what the program left. It may lie in an input. The same pair must not be in InputMapping too, unless WriteSupport is true.
    """
    LogMapping: NotRequired[dict[str, str]]
    """
    Local file or directory to directory in the store (oss://.../). Uploaded after every attempt as file.JobId.TaskName.InstanceId, or as files below a directory of such a name; one that is missing is no error.
    """
    WriteSupport: NotRequired[bool]
    """
    Whether programs may write below the directories of InputMapping and Mounts. What they write there stays on the VM, unless it is an output.
    """
    ClusterId: NotRequired[str]
    """
    Id of the cluster to run on. Empty or absent means an automatic cluster.
    """
    AutoCluster: NotRequired[AutoCluster]
    """
    The automatic cluster to make for this task.
    """
    Mounts: NotRequired[Mounts]
    """
    Directories to mount for this task.
    """
    CredentialConfig: NotRequired[CredentialConfig]
    """
    Roles under which the program may act.
    """
    TaskName: NotRequired[str]
    """
    Repeats the key of the task. One family of clients sends it; the service ignores it.
    """


class DAG(TypedDict):
    """
    A directed acyclic graph of tasks.
    """

    Tasks: dict[str, TaskDescription]
    """
    Tasks by name, at least one. A task name has 1 to 32 letters, digits, - or _ and does not start with a digit; a server accepts up to 64 characters.
    """
    Dependencies: NotRequired[dict[str, list[str]]]
    """
    Task name to the names of the tasks that may start once it has Finished, for example {"split":["count"],"count":["merge"]}. All names must be in Tasks (400 InvalidDependencies), and there must be no cycle (400 BadDAG). Tasks that wait for nothing start at once.
    """


class JobDescription(TypedDict):
    """
    A job made from a graph of tasks. The answer of get_job_description has one more member, Id, the id of the job.
    """

    Name: str
    """
    Name of the job: 1 to 64 letters, digits, - or _, not starting with a digit. Need not be unique.
    """
    Description: NotRequired[str]
    """
    Free text, at most 1024 characters.
    """
    Type: NotRequired[DagJobType]
    """
    Kind of the job, always DAG here.
    """
    Priority: int
    """
    Order among the caller's own jobs, 0 to 1000. Larger runs first.
    """
    JobFailOnInstanceFail: NotRequired[bool]
    """
    Whether one failed instance fails the whole job at once. If false the other instances and tasks go on, the job ends as Finished, and FailedCount shows the damage.
    """
    AutoRelease: NotRequired[bool]
    """
    Delete the job by itself as soon as it has Finished. A job that failed or was stopped stays.
    """
    Notification: NotRequired[Notification]
    """
    Where to publish events of the job, its tasks and instances.
    """
    DAG: DAG
    """
    The tasks and the order between them.
    """


AnyJobDescription: TypeAlias = JobDescription | AppJobDescription
"""
A job, made from a graph of tasks or from an App; Type tells which.
"""


__all__ = [
    "AnyInputValue",
    "AnyJobDescription",
    "AnyPriority",
    "App",
    "AppConfig",
    "AppDescription",
    "AppDocker",
    "AppEnvValue",
    "AppJob",
    "AppJobConfig",
    "AppJobDescription",
    "AppJobType",
    "AppRevision",
    "AppScope",
    "AutoCluster",
    "AvailableInstanceDesc",
    "AvailableNetworkType",
    "AvailableResource",
    "Classic",
    "Cluster",
    "ClusterDescription",
    "ClusterInstance",
    "ClusterInstanceState",
    "ClusterState",
    "Command",
    "CommandDocker",
    "Configs",
    "ConsoleLink",
    "CredentialChainLink",
    "CredentialConfig",
    "DAG",
    "DagJobType",
    "DataDisk",
    "DiskType",
    "Disks",
    "EventName",
    "Explanation",
    "ExplanationCode",
    "Group",
    "GroupDescription",
    "Image",
    "ImageDescription",
    "ImagePlatform",
    "ImageType",
    "InputMappingConfig",
    "InputNumber",
    "InputText",
    "Instance",
    "InstanceAttempt",
    "InstanceAttempts",
    "InstanceError",
    "InstanceMetrics",
    "IntegerSetting",
    "Job",
    "JobDescription",
    "JobOrderKey",
    "JobPriority",
    "JobPriorityText",
    "JobState",
    "Logging",
    "Metrics",
    "ModifyClusterDescription",
    "ModifyConfigs",
    "ModifyGroupDescription",
    "MountEntry",
    "Mounts",
    "NAS",
    "Networks",
    "Notification",
    "OSS",
    "Parameter",
    "ParameterType",
    "Parameters",
    "PriorityChange",
    "Quota",
    "ResourceType",
    "Result",
    "ScheduleType",
    "SpotStrategy",
    "StringSetting",
    "SynchronousInstance",
    "SystemDisk",
    "Task",
    "TaskDescription",
    "TaskMetrics",
    "Topic",
    "VM",
    "VPC",
]
