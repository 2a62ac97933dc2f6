# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    RootModel,
    StrictBool,
    StrictFloat,
    StrictInt,
    StrictStr,
)


class CommandDocker(BaseModel):
    """
    The container of a command.
    """

    model_config = ConfigDict(
        extra="allow",
    )
    Image: Annotated[
        StrictStr | None,
        Field(description="Image in a public or cloud registry. Empty means no container."),
    ] = ""
    RunMode: Annotated[
        StrictStr | None,
        Field(description="Known to one family of clients; its values are not documented."),
    ] = None


class InputMappingConfig(BaseModel):
    """
    How input directories are mounted.
    """

    model_config = ConfigDict(
        extra="allow",
    )
    Locale: Annotated[
        StrictStr | None,
        Field(
            description="Character set in which programs see file names, such as GBK, GB2312-80, BIG5, UTF-8, ANSI, EUC-JP, EUC-TW, EUC-KR, SHIFT-JIS or KSC5601. Names in the store are UTF-8. Older clients fill in GBK; a server takes absent as UTF-8."
        ),
    ] = "UTF-8"
    Lock: Annotated[
        StrictBool | None,
        Field(
            description="Whether file locks work on the mounts, at some cost. They never reach the store."
        ),
    ] = False


class CredentialChainLink(BaseModel):
    """
    One step of a chain of roles.
    """

    model_config = ConfigDict(
        extra="allow",
    )
    Role: Annotated[StrictStr | None, Field(description="Name of the role.")] = None
    UserId: Annotated[StrictInt | None, Field(description="Account that owns the role.")] = None


class Topic(BaseModel):
    """
    A topic of the message service. The account must have allowed the service to publish to it.
    """

    model_config = ConfigDict(
        extra="allow",
    )
    Name: Annotated[
        StrictStr | None, Field(description="Name of the topic. Empty means no notification.")
    ] = ""
    Endpoint: Annotated[
        StrictStr | None,
        Field(description="Intranet endpoint, http://UserId.mns.Region.aliyuncs.com/."),
    ] = ""
    Events: Annotated[list[StrictStr] | None, Field(description="The events to publish.")] = None
    UserData: Annotated[
        StrictStr | None, Field(description="Known to one family of clients; not documented.")
    ] = ""
    UserTemplate: Annotated[
        StrictStr | None, Field(description="Known to one family of clients; not documented.")
    ] = ""


class JobPriority(RootModel[StrictInt]):
    root: Annotated[StrictInt, Field(description="A priority as a number.", ge=0, le=1000)]


class JobPriorityText(RootModel[StrictStr]):
    root: Annotated[
        StrictStr, Field(description="A priority as decimal text.", pattern="^[0-9]{1,4}$")
    ]


InputText = RootModel[StrictStr]


InputNumber = RootModel[StrictFloat]


class Logging(BaseModel):
    """
    Where the output of an App run goes.
    """

    model_config = ConfigDict(
        extra="allow",
    )
    StdoutPath: Annotated[
        StrictStr | None, Field(description="Place in the store (oss://...) for standard output.")
    ] = None
    StderrPath: Annotated[
        StrictStr | None, Field(description="Place in the store (oss://...) for standard error.")
    ] = None


class AppJobConfig(BaseModel):
    """
    Resource settings of one run of an App. What is absent is taken from the App.
    """

    model_config = ConfigDict(
        extra="allow",
    )
    ResourceType: Annotated[StrictStr | None, Field(description="How the VMs are paid for.")] = None
    InstanceType: Annotated[StrictStr | None, Field(description="VM type.")] = None
    InstanceCount: Annotated[
        StrictInt | None, Field(description="Number of instances, at least 1.", ge=1)
    ] = None
    MinDiskSize: Annotated[
        StrictInt | None, Field(description="Size of the system disk in GB.")
    ] = None
    DiskType: Annotated[StrictStr | None, Field(description="Type of the system disk.")] = None
    MinDataDiskSize: Annotated[
        StrictInt | None, Field(description="Size of the data disk in GB; 0 means none.")
    ] = None
    DataDiskType: Annotated[StrictStr | None, Field(description="Type of the data disk.")] = None
    DataDiskMountPoint: Annotated[
        StrictStr | None, Field(description="Where the data disk is mounted.")
    ] = None
    MaxRetryCount: Annotated[
        StrictInt | None, Field(description="How often a failed instance is run again.", ge=0)
    ] = None
    Timeout: Annotated[
        StrictInt | None,
        Field(
            description="Longest run of one attempt in seconds; 0 means the same as absent.", ge=0
        ),
    ] = None
    ReserveOnFail: Annotated[
        StrictBool | None, Field(description="Keep the VMs when the run failed, for debugging.")
    ] = None
    ClassicNetwork: Annotated[
        StrictBool | None,
        Field(description="Known to one family of clients; whether to use the classic network."),
    ] = None
    ClusterId: Annotated[
        StrictStr | None,
        Field(description="Known to one family of clients; id of a cluster to run on."),
    ] = None


class GroupDescription(BaseModel):
    """
    A group of equal VMs.
    """

    model_config = ConfigDict(
        extra="allow",
    )
    DesiredVMCount: Annotated[
        StrictInt,
        Field(
            description="Number of VMs wanted, 0 to 65536; the quota of the account is usually smaller.",
            ge=0,
            le=65536,
        ),
    ]
    InstanceType: Annotated[
        StrictStr | None, Field(description="VM type. Empty means that of the cluster.")
    ] = ""
    ResourceType: Annotated[
        StrictStr | None, Field(description="How the VMs are paid for. Empty means OnDemand.")
    ] = "OnDemand"
    SpotStrategy: Annotated[
        StrictStr | None,
        Field(
            description="How spot VMs are bid for; only with ResourceType Spot. Empty means none."
        ),
    ] = ""
    SpotPriceLimit: Annotated[
        StrictFloat | None,
        Field(description="Highest price per VM and hour; only with SpotWithPriceLimit."),
    ] = 0
    HostnamePrefix: Annotated[
        StrictStr | None, Field(description="Start of the host names of the VMs.")
    ] = None
    ImageId: Annotated[
        StrictStr | None,
        Field(description="Image of this group. Empty or absent means that of the cluster."),
    ] = None
    Mode: Annotated[
        StrictStr | None, Field(description="Known to one family of clients; not documented.")
    ] = None


class SystemDisk(BaseModel):
    """
    Disk of the operating system.
    """

    model_config = ConfigDict(
        extra="allow",
    )
    Type: Annotated[
        StrictStr | None, Field(description="Type of the disk. Empty lets the service choose.")
    ] = "cloud_efficiency"
    Size: Annotated[
        StrictInt | None,
        Field(
            description="Size in GB; the hosted service had 40 to 500. Absent means 40 or the size of the image, whichever is larger."
        ),
    ] = None


class DataDisk(BaseModel):
    """
    Additional disk of a VM.
    """

    model_config = ConfigDict(
        extra="allow",
    )
    Type: Annotated[
        StrictStr | None, Field(description="Type of the disk. Empty lets the service choose.")
    ] = "cloud_efficiency"
    Size: Annotated[
        StrictInt | None,
        Field(
            description="Size in GB; 0 means no data disk. The documented ranges differ (5 to 1000, 1024, 2000, or 20 to 32768, by type and age), so a server takes what is sent."
        ),
    ] = None
    MountPoint: Annotated[
        StrictStr | None,
        Field(
            description="Where the disk is mounted, needed if there is one: a directory on Linux, a drive from A: to Z: except C: on Windows."
        ),
    ] = None


class Classic(BaseModel):
    """
    Who may be reached in the classic network.
    """

    model_config = ConfigDict(
        extra="allow",
    )
    AllowSecurityGroup: Annotated[
        list[StrictStr] | None, Field(description="Security groups that may connect to the VMs.")
    ] = None
    AllowSecurityGroupEgress: Annotated[
        list[StrictStr] | None, Field(description="Security groups that the VMs may connect to.")
    ] = None
    AllowIpAddress: Annotated[
        list[StrictStr] | None, Field(description="Addresses that may connect to the VMs.")
    ] = None
    AllowIpAddressEgress: Annotated[
        list[StrictStr] | None, Field(description="Addresses that the VMs may connect to.")
    ] = None


class VPC(BaseModel):
    """
    A virtual private cloud. VM types starting with bcs. do not work inside one. Once any member of the express connection is given, OppositeRouterId, OppositeAccessPointId and OppositeRegionId are mandatory.
    """

    model_config = ConfigDict(
        extra="allow",
    )
    CidrBlock: Annotated[
        StrictStr | None,
        Field(
            description="Address range; the hosted service had those within 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16 with a prefix of up to 24 bits. Older clients fill in 192.168.0.0/16."
        ),
    ] = None
    VpcId: Annotated[
        StrictStr | None, Field(description="The caller's own VPC; needs a CidrBlock inside it.")
    ] = None
    ExpressConnectSpec: Annotated[
        StrictStr | None, Field(description="Size of an express connection, such as Large.2.")
    ] = None
    OppositeRegionId: Annotated[
        StrictStr | None, Field(description="Region of the far end of the express connection.")
    ] = None
    OppositeAccessPointId: Annotated[
        StrictStr | None, Field(description="Access point of the far end.")
    ] = None
    OppositeRouterType: Annotated[
        StrictStr | None, Field(description="Kind of router at the far end, such as VRouter.")
    ] = None
    OppositeRouterId: Annotated[StrictStr | None, Field(description="Router at the far end.")] = (
        None
    )
    OppositeInterfaceId: Annotated[
        StrictStr | None, Field(description="Router interface at the far end.")
    ] = None


class MountEntry(BaseModel):
    """
    One directory to mount.
    """

    model_config = ConfigDict(
        extra="allow",
    )
    Source: Annotated[
        StrictStr | None,
        Field(
            description="oss://bucket/path, with or without a trailing /, or nas://host:/path for NFS in the same VPC; on Windows a NAS path ends in !. Some clients also know smb://, lustre:// and nasplus://."
        ),
    ] = None
    Destination: Annotated[
        StrictStr | None,
        Field(description="Local directory, created if needed; on Windows a drive such as E:."),
    ] = None
    WriteSupport: Annotated[
        StrictBool | None,
        Field(
            description="Whether programs may write there. What they write to a mount of objects stays on the VM, unless it is an output; writes to a NAS go straight to its server."
        ),
    ] = False


class NAS(BaseModel):
    """
    Network file systems that may be mounted.
    """

    model_config = ConfigDict(
        extra="allow",
    )
    AccessGroup: Annotated[list[StrictStr] | None, Field(description="Permission groups.")] = None
    FileSystem: Annotated[list[StrictStr] | None, Field(description="File systems.")] = None


class OSS(BaseModel):
    """
    Credentials for mounting objects. Empty means the caller's own permissions.
    """

    model_config = ConfigDict(
        extra="allow",
    )
    AccessKeyId: Annotated[StrictStr | None, Field(description="Access key id.")] = None
    AccessKeySecret: Annotated[StrictStr | None, Field(description="Access key secret.")] = None
    SecurityToken: Annotated[
        StrictStr | None, Field(description="Token of temporary credentials. Write this spelling.")
    ] = None
    AccessSecurityToken: Annotated[
        StrictStr | None,
        Field(description="Another spelling of SecurityToken, accepted and echoed as received."),
    ] = None


class ModifyGroupDescription(BaseModel):
    """
    Changes to a group. What is absent stays.
    """

    model_config = ConfigDict(
        extra="allow",
    )
    DesiredVMCount: Annotated[
        StrictInt | None, Field(description="Number of VMs wanted, 0 to 65536.", ge=0, le=65536)
    ] = None
    InstanceType: Annotated[
        StrictStr | None, Field(description="VM type of VMs that are made from now on.")
    ] = None
    SpotStrategy: Annotated[
        StrictStr | None, Field(description="How spot VMs are bid for. Empty means none.")
    ] = None
    SpotPriceLimit: Annotated[
        StrictFloat | None,
        Field(description="Highest price per VM and hour; only with SpotWithPriceLimit."),
    ] = None


class ImageDescription(BaseModel):
    """
    An ECS image to register.
    """

    model_config = ConfigDict(
        extra="allow",
    )
    Name: Annotated[
        StrictStr | None,
        Field(
            description="Name of the image: at most 64 letters, digits, - or _, not starting with a digit. May be absent or empty.",
            max_length=64,
            pattern="^([A-Za-z_-][A-Za-z0-9_-]*)?$",
        ),
    ] = ""
    Description: Annotated[
        StrictStr | None, Field(description="Free text, at most 1024 characters.", max_length=1024)
    ] = ""
    EcsImageId: Annotated[
        StrictStr,
        Field(description="The ECS image, m-... (note the spelling of the member).", min_length=1),
    ]
    Platform: Annotated[StrictStr, Field(description="Operating system of the image.")]
    IdempotentToken: Annotated[
        StrictStr | None,
        Field(
            description="Some clients put the token here; the documented place is the query parameter.",
            max_length=128,
        ),
    ] = None


class Parameter(BaseModel):
    """
    A declared input or output of an App. Answers about the public face of an App leave LocalPath out.
    """

    model_config = ConfigDict(
        extra="allow",
    )
    Description: Annotated[
        StrictStr | None, Field(description="Free text, at most 1000 characters.", max_length=1000)
    ] = ""
    Type: Annotated[StrictStr | None, Field(description="Type of the value.")] = "String"
    Default: Annotated[
        Any | None,
        Field(
            description="Value if the job gives none. Any JSON value that matches Type, or null for none. Outputs do not use it."
        ),
    ] = None
    LocalPath: Annotated[
        StrictStr | None,
        Field(
            description="Local path, ending in / for a directory. With it the value is a place in the store: an input is made available there, an output is taken from there."
        ),
    ] = ""


AppEnvValue = RootModel[StrictStr]


class AppDocker(BaseModel):
    """
    Container image of an App.
    """

    model_config = ConfigDict(
        extra="allow",
    )
    Image: Annotated[
        StrictStr | None,
        Field(description="Name and tag of the image, such as localhost:5000/copy:0.1."),
    ] = None
    RegistryOSSPath: Annotated[
        StrictStr | None,
        Field(
            description="Directory in the store (oss://...) that holds a registry with the image."
        ),
    ] = None


class VM(BaseModel):
    """
    VM image of an App.
    """

    model_config = ConfigDict(
        extra="allow",
    )
    ECSImageId: Annotated[
        StrictStr | None, Field(description="ECS image (m-...) or registered image (img-...).")
    ] = None


class StringSetting(BaseModel):
    """
    A resource setting whose value is a text.
    """

    model_config = ConfigDict(
        extra="allow",
    )
    Description: Annotated[StrictStr | None, Field(description="Free text.")] = ""
    Default: Annotated[
        StrictStr | None, Field(description="The value unless a job replaces it.")
    ] = None
    Overwritable: Annotated[
        StrictBool | None, Field(description="Whether a job may replace the value.")
    ] = True


class IntegerSetting(BaseModel):
    """
    A resource setting whose value is an integer.
    """

    model_config = ConfigDict(
        extra="allow",
    )
    Description: Annotated[StrictStr | None, Field(description="Free text.")] = ""
    Default: Annotated[
        StrictInt | None, Field(description="The value unless a job replaces it.")
    ] = None
    Overwritable: Annotated[
        StrictBool | None, Field(description="Whether a job may replace the value.")
    ] = True


ResourceType = RootModel[Literal["OnDemand", "Spot", "PrePaid"]]


SpotStrategy = RootModel[Literal["SpotWithPriceLimit", "SpotAsPriceGo"]]


DiskType = RootModel[
    Literal["cloud_efficiency", "cloud_ssd", "cloud", "ephemeral", "ephemeral_ssd"]
]


ScheduleType = RootModel[Literal["LowLatency", "Poll", "Push"]]


class Command(BaseModel):
    """
    A program and its environment.
    """

    model_config = ConfigDict(
        extra="allow",
    )
    CommandLine: Annotated[
        StrictStr,
        Field(
            description="Command to run in the working directory through the shell (sh -c), the same for all instances. Exit code 0 is success. Up to 128 KiB in UTF-8, which is what a system can start (the hosted service documented 1024 characters, and took more).",
            max_length=131071,
            min_length=1,
        ),
    ]
    PackagePath: Annotated[
        StrictStr | None,
        Field(
            description="Gzip-compressed tar in the store (oss://...) that is unpacked into the working directory first. Any other file is put there under its own name and can be executed. Empty means none."
        ),
    ] = ""
    EnvVars: Annotated[
        dict[str, StrictStr] | None,
        Field(
            description="Additional environment variables. They win over those of the cluster. The service adds BATCH_COMPUTE_DAG_JOB_ID, BATCH_COMPUTE_DAG_TASK_ID, BATCH_COMPUTE_DAG_INSTANCE_ID, BATCH_COMPUTE_REGION and others. BATCH_COMPUTE_DOCKER_IMAGE and BATCH_COMPUTE_DOCKER_REGISTRY_OSS_PATH select a container image in the caller's store."
        ),
    ] = None
    Docker: Annotated[
        CommandDocker | None, Field(description="Container to run the program in.")
    ] = None


class CredentialConfig(BaseModel):
    """
    Roles under which a program may act.
    """

    model_config = ConfigDict(
        extra="allow",
    )
    ServiceRole: Annotated[
        StrictStr | None, Field(description="Role that the service assumes for the caller.")
    ] = None
    Chain: Annotated[
        list[CredentialChainLink] | None,
        Field(description="Roles that are assumed one after the other from there."),
    ] = None


class Notification(BaseModel):
    """
    Where to publish events.
    """

    model_config = ConfigDict(
        extra="allow",
    )
    Topic_1: Annotated[
        Topic | None,
        Field(
            alias="Topic",
            description="The topic and the events to publish there. Absent or empty means none.",
        ),
    ] = None


AnyPriority = RootModel[JobPriority | JobPriorityText]


AnyInputValue = RootModel[InputText | InputNumber]


class Disks(BaseModel):
    """
    The disks of a VM. The hosted service wanted both of the same type.
    """

    model_config = ConfigDict(
        extra="allow",
    )
    SystemDisk_1: Annotated[
        SystemDisk | None, Field(alias="SystemDisk", description="Disk of the operating system.")
    ] = None
    DataDisk_1: Annotated[
        DataDisk | None, Field(alias="DataDisk", description="Additional disk, a single one.")
    ] = None


class Networks(BaseModel):
    """
    The network of VMs. VPC excludes Classic in effect.
    """

    model_config = ConfigDict(
        extra="allow",
    )
    Classic_1: Annotated[
        Classic | None, Field(alias="Classic", description="Rules of the classic network.")
    ] = None
    VPC_1: Annotated[
        VPC | None, Field(alias="VPC", description="The virtual private cloud to use.")
    ] = None


class Mounts(BaseModel):
    """
    Directories to mount on VMs, and how.
    """

    model_config = ConfigDict(
        extra="allow",
    )
    Entries: Annotated[list[MountEntry] | None, Field(description="What to mount where.")] = None
    Locale: Annotated[
        StrictStr | None,
        Field(
            description="Character set in which programs see file names. Some clients fill in GBK; a server takes absent as UTF-8."
        ),
    ] = "UTF-8"
    Lock: Annotated[
        StrictBool | None, Field(description="Whether file locks work on the mounts.")
    ] = False
    CacheSupport: Annotated[
        StrictBool | None, Field(description="Whether the VM caches object data.")
    ] = True
    CacheBlockSize: Annotated[
        StrictInt | None, Field(description="Size of a cache block in bytes.")
    ] = 262144
    CacheTotalSize: Annotated[
        StrictInt | None, Field(description="Size of the whole cache in bytes.")
    ] = 536870912
    NAS_1: Annotated[
        NAS | None, Field(alias="NAS", description="Network file systems that may be mounted.")
    ] = None
    OSS_1: Annotated[
        OSS | None, Field(alias="OSS", description="Credentials for mounting objects.")
    ] = None
    RefreshStrategy: Annotated[
        StrictStr | None, Field(description="Known to one family of clients; not documented.")
    ] = None
    RefreshTopicName: Annotated[
        StrictStr | None, Field(description="Known to one family of clients; not documented.")
    ] = None
    RefreshTimeOut: Annotated[
        StrictInt | None,
        Field(
            description="Known to one family of clients; by its name, seconds between refreshes."
        ),
    ] = 0
    NasMetaCache: Annotated[
        StrictBool | None,
        Field(description="Whether the VM caches metadata of network file systems."),
    ] = False


class ModifyConfigs(BaseModel):
    """
    The part of Configs that can be changed.
    """

    model_config = ConfigDict(
        extra="allow",
    )
    Mounts_1: Annotated[
        Mounts | None, Field(alias="Mounts", description="Replaces the mounts.")
    ] = None


class AppConfig(BaseModel):
    """
    Resource settings of an App. What is absent has the default that its member names.
    """

    model_config = ConfigDict(
        extra="allow",
    )
    ResourceType: Annotated[
        StringSetting | None, Field(description="How the VMs are paid for; OnDemand by default.")
    ] = None
    InstanceType: Annotated[
        StringSetting | None, Field(description="VM type; by default the service picks.")
    ] = None
    InstanceCount: Annotated[
        IntegerSetting | None, Field(description="Number of instances; 1 by default.")
    ] = None
    MinDiskSize: Annotated[
        IntegerSetting | None, Field(description="Size of the system disk in GB; 40 by default.")
    ] = None
    DiskType: Annotated[
        StringSetting | None,
        Field(description="Type of the system disk; cloud_efficiency by default."),
    ] = None
    MinDataDiskSize: Annotated[
        IntegerSetting | None,
        Field(description="Size of the data disk in GB; 0, that is none, by default."),
    ] = None
    DataDiskType: Annotated[
        StringSetting | None,
        Field(description="Type of the data disk; cloud_efficiency by default."),
    ] = None
    DataDiskMountPoint: Annotated[
        StringSetting | None, Field(description="Where the data disk is mounted; empty by default.")
    ] = None
    MaxRetryCount: Annotated[
        IntegerSetting | None,
        Field(description="How often a failed instance is run again; 0 by default."),
    ] = None
    Timeout: Annotated[
        IntegerSetting | None,
        Field(description="Longest run of one attempt in seconds; 86400 by default."),
    ] = None


class Parameters(BaseModel):
    """
    What a task runs, and where its output goes.
    """

    model_config = ConfigDict(
        extra="allow",
    )
    Command_1: Annotated[Command, Field(alias="Command", description="The program.")]
    InputMappingConfig_1: Annotated[
        InputMappingConfig | None,
        Field(alias="InputMappingConfig", description="How InputMapping is mounted."),
    ] = None
    StdoutRedirectPath: Annotated[
        StrictStr | None,
        Field(
            description="Directory in the store (oss://.../) for standard output, written at the end of each attempt as stdout.JobId.TaskName.InstanceId. Empty means that output is discarded."
        ),
    ] = ""
    StderrRedirectPath: Annotated[
        StrictStr | None,
        Field(
            description="The same for standard error, written as stderr.JobId.TaskName.InstanceId."
        ),
    ] = ""


class PriorityChange(BaseModel):
    """
    A new priority for a job.
    """

    model_config = ConfigDict(
        extra="allow",
    )
    Priority: Annotated[
        AnyPriority,
        Field(
            description="Order among the caller's own jobs, 0 to 1000. Larger runs first. Old clients send it as text."
        ),
    ]


class AppJob(BaseModel):
    """
    An App and the arguments of one run of it.
    """

    model_config = ConfigDict(
        extra="allow",
    )
    AppName: Annotated[
        StrictStr,
        Field(
            description="Name of the caller's own App, or Public:Name or :Name for a public one; 1 to 1024 letters, digits, :, - or _. The newest revision is used.",
            max_length=1024,
            min_length=1,
            pattern="^[A-Za-z0-9_:-]+$",
        ),
    ]
    Inputs: Annotated[
        dict[str, AnyInputValue] | None,
        Field(
            description="Values of input parameters by name, any number of them (the hosted service took 50). They must match the declared type; parameters left out take their declared default."
        ),
    ] = None
    Outputs: Annotated[
        dict[str, StrictStr] | None,
        Field(
            description="Place in the store (oss://...) for each output parameter that has a LocalPath."
        ),
    ] = None
    Logging_1: Annotated[
        Logging | None, Field(alias="Logging", description="Where standard output and error go.")
    ] = None
    Config: Annotated[
        AppJobConfig | None,
        Field(
            description="Resource settings that replace those of the App. Only those may be given that the App declares Overwritable."
        ),
    ] = None


class Configs(BaseModel):
    """
    Disks, networks and mounts of VMs.
    """

    model_config = ConfigDict(
        extra="allow",
    )
    Disks_1: Annotated[Disks | None, Field(alias="Disks", description="System and data disk.")] = (
        None
    )
    Networks_1: Annotated[
        Networks | None, Field(alias="Networks", description="Classic network or VPC.")
    ] = None
    Mounts_1: Annotated[
        Mounts | None, Field(alias="Mounts", description="Directories to mount.")
    ] = None


class ModifyClusterDescription(BaseModel):
    """
    Changes to a cluster. What is absent stays. At least one member must be given; an empty Groups beside other members changes no group.
    """

    model_config = ConfigDict(
        extra="allow",
    )
    Groups: Annotated[
        dict[str, ModifyGroupDescription] | None,
        Field(
            description="Changes by name of the group. Groups that are not named stay as they are.",
            max_length=64,
        ),
    ] = None
    ImageId: Annotated[
        StrictStr | None,
        Field(description="Image of VMs that are made from now on. Empty means no change."),
    ] = None
    UserData: Annotated[
        dict[str, StrictStr] | None, Field(description="Replaces the user data.")
    ] = None
    EnvVars: Annotated[
        dict[str, StrictStr] | None, Field(description="Replaces the environment variables.")
    ] = None
    Configs: Annotated[ModifyConfigs | None, Field(description="New mounts.")] = None
    InputMapping: Annotated[
        dict[str, StrictStr] | None,
        Field(
            description="Known to one family of clients; replaces the input mapping of the cluster."
        ),
    ] = None


class AppDescription(BaseModel):
    """
    An App: a program with declared parameters and resource settings. Exactly one of Docker and VM must be given; an empty object counts as absent.
    """

    model_config = ConfigDict(
        extra="allow",
    )
    Name: Annotated[
        StrictStr,
        Field(
            description="Name of the App: letters, digits, - or _. Unique per owner.",
            min_length=1,
            pattern="^[A-Za-z0-9_-]+$",
        ),
    ]
    Description: Annotated[
        StrictStr | None, Field(description="Free text, at most 1000 characters.", max_length=1000)
    ] = None
    CommandLine: Annotated[
        StrictStr,
        Field(
            description="Command to run, up to 128 KiB in UTF-8, which is what a system can start (the hosted service documented 1000 characters). It may use ${name} for parameters, which reach the program as environment variables.",
            max_length=131071,
            min_length=1,
        ),
    ]
    InputParameters: Annotated[
        dict[str, Parameter] | None, Field(description="Declared inputs by name.")
    ] = None
    OutputParameters: Annotated[
        dict[str, Parameter] | None, Field(description="Declared outputs by name.")
    ] = None
    Docker: Annotated[
        AppDocker | None, Field(description="Container image, for an App that runs in a container.")
    ] = None
    VM_1: Annotated[
        VM | None, Field(alias="VM", description="VM image, for an App that runs directly on a VM.")
    ] = None
    EnvVars: Annotated[
        dict[str, AppEnvValue] | None,
        Field(
            description="Environment variables. The hosted service documented at most 50, names of up to 100 letters, digits, - or _, and values of up to 1000 characters."
        ),
    ] = None
    Daemonize: Annotated[
        StrictBool | None,
        Field(
            description="Whether the program is kept alive between runs instead of started for each."
        ),
    ] = False
    Config: Annotated[
        AppConfig | None, Field(description="Resource settings and whether a job may replace them.")
    ] = None


class AutoCluster(BaseModel):
    """
    A cluster made for one task and released when the task's instances are done. Its size follows from InstanceCount.
    """

    model_config = ConfigDict(
        extra="allow",
    )
    ImageId: Annotated[
        StrictStr | None,
        Field(
            description="Registered image (img-...) or ECS image (m-...). This or ECSImageId is needed."
        ),
    ] = ""
    ECSImageId: Annotated[
        StrictStr | None, Field(description="ECS image (m-...). This or ImageId is needed.")
    ] = ""
    InstanceType: Annotated[
        StrictStr | None,
        Field(description="VM type, such as ecs.sn1ne.large. Empty lets the service pick."),
    ] = ""
    ResourceType: Annotated[
        StrictStr | None, Field(description="How the VMs are paid for. Empty means OnDemand.")
    ] = "OnDemand"
    SpotStrategy: Annotated[
        StrictStr | None,
        Field(
            description="How spot VMs are bid for; only with ResourceType Spot. Empty means none."
        ),
    ] = ""
    SpotPriceLimit: Annotated[
        StrictFloat | None,
        Field(description="Highest price per VM and hour; only with SpotWithPriceLimit."),
    ] = 0
    Configs_1: Annotated[
        Configs | None, Field(alias="Configs", description="Disks, networks and mounts.")
    ] = None
    UserData: Annotated[
        dict[str, StrictStr] | None,
        Field(description="Texts that programs can read through the metadata service of the VM."),
    ] = None
    ReserveOnFail: Annotated[
        StrictBool | None,
        Field(
            description="Keep the VMs when the task failed, for debugging. They cost until they are removed by hand."
        ),
    ] = False
    ClusterId: Annotated[
        StrictStr | None,
        Field(
            description="Existing cluster to attach to while keeping this form. Clients know it; it is not documented."
        ),
    ] = None
    DependencyIsvService: Annotated[
        StrictStr | None, Field(description="Known to clients; not documented.")
    ] = ""


class AppJobDescription(BaseModel):
    """
    A job made from an App. The answer of get_job_description has one more member, Id, the id of the job.
    """

    model_config = ConfigDict(
        extra="allow",
    )
    Name: Annotated[
        StrictStr,
        Field(
            description="Name of the job: 1 to 100 letters, digits, - or _. Need not be unique.",
            max_length=100,
            min_length=1,
            pattern="^[A-Za-z0-9_-]+$",
        ),
    ]
    Type: Annotated[Literal["App"], Field(description="Kind of the job, always App here.")]
    Description: Annotated[
        StrictStr | None, Field(description="Free text, at most 1000 characters.", max_length=1000)
    ] = None
    Priority: Annotated[
        StrictInt | None,
        Field(
            description="Order among the caller's own jobs, 0 to 1000. Larger runs first.",
            ge=0,
            le=1000,
        ),
    ] = 0
    JobFailOnInstanceFail: Annotated[
        StrictBool | None,
        Field(description="Whether one failed instance fails the whole job at once."),
    ] = True
    AutoRelease: Annotated[
        StrictBool | None, Field(description="Delete the job by itself as soon as it has Finished.")
    ] = False
    Notification_1: Annotated[
        Notification | None,
        Field(alias="Notification", description="Where to publish events of the job."),
    ] = None
    App: Annotated[AppJob, Field(description="The App and its arguments.")]


class ClusterDescription(BaseModel):
    """
    A cluster to make.
    """

    model_config = ConfigDict(
        extra="allow",
    )
    Name: Annotated[
        StrictStr,
        Field(
            description="Name of the cluster: 1 to 64 letters, digits, - or _, not starting with a digit. Need not be unique.",
            max_length=64,
            min_length=1,
            pattern="^[A-Za-z_-][A-Za-z0-9_-]*$",
        ),
    ]
    Description: Annotated[
        StrictStr | None, Field(description="Free text, at most 1024 characters.", max_length=1024)
    ] = ""
    ImageId: Annotated[
        StrictStr,
        Field(
            description="Registered image (img-...) or ECS image (m-...) of the VMs.", min_length=1
        ),
    ]
    InstanceType: Annotated[
        StrictStr | None,
        Field(description="VM type of groups that name none. Empty lets the service pick."),
    ] = ""
    Groups: Annotated[
        dict[str, GroupDescription],
        Field(
            description="Groups of VMs by name, 1 to 64 of them. A group name has 1 to 64 letters, digits, - or _ and does not start with a digit.",
            max_length=64,
            min_length=1,
        ),
    ]
    UserData: Annotated[
        dict[str, StrictStr] | None,
        Field(description="Texts that programs can read through the metadata service of the VM."),
    ] = None
    EnvVars: Annotated[
        dict[str, StrictStr] | None,
        Field(description="Environment variables of all programs on the cluster."),
    ] = None
    Bootstrap: Annotated[
        StrictStr | None, Field(description="Script or command that runs when a VM has started.")
    ] = ""
    ScheduleType: Annotated[
        StrictStr | None,
        Field(description="How instances are handed to VMs. Known to clients; not documented."),
    ] = None
    Configs_1: Annotated[
        Configs | None, Field(alias="Configs", description="Disks, networks and mounts.")
    ] = None
    Notification_1: Annotated[
        Notification | None,
        Field(alias="Notification", description="Where to publish events of the cluster."),
    ] = None
    PasswordInherit: Annotated[
        StrictBool | None,
        Field(
            description="Known to clients, not documented; by its name, whether VMs keep the password of the image."
        ),
    ] = None
    DependencyIsvService: Annotated[
        StrictStr | None, Field(description="Known to clients; not documented.")
    ] = ""


class TaskDescription(BaseModel):
    """
    A task: one command, run InstanceCount times in parallel. Exactly one of ClusterId and AutoCluster must be effective. ClusterId is effective if it is not empty, and then it wins; AutoCluster is effective if it holds a non-empty ImageId, ECSImageId or ClusterId. A client sends one, a server stores and echoes both.
    """

    model_config = ConfigDict(
        extra="allow",
    )
    Parameters_1: Annotated[Parameters, Field(alias="Parameters", description="What to run.")]
    InstanceCount: Annotated[
        StrictInt | None,
        Field(description="Number of instances that run in parallel, at least 1.", ge=1),
    ] = 1
    Timeout: Annotated[
        StrictInt | None,
        Field(
            description="Longest run of one attempt of an instance, in seconds. A longer run is killed and counts as a failed attempt, subject to MaxRetryCount. 0 means the same as absent.",
            ge=0,
        ),
    ] = 86400
    MaxRetryCount: Annotated[
        StrictInt | None,
        Field(
            description="How often a failed instance is run again. 0 means never, so there are at most MaxRetryCount + 1 attempts.",
            ge=0,
        ),
    ] = 0
    InputMapping: Annotated[
        dict[str, StrictStr] | None,
        Field(
            description="Object or directory in the store (oss://...) to local path, mounted before the program starts. Its files can be read and executed; see WriteSupport for the rest. A trailing / on either side makes both a directory; without one it is the object, or else the directory."
        ),
    ] = None
    OutputMapping: Annotated[
        dict[str, StrictStr] | None,
        Field(
            description="Local path to object or directory in the store (oss://...), uploaded after the program has succeeded, as far as the program left anything there. A trailing / on either side makes both a directory; without one it is what the program left. It may lie in an input. The same pair must not be in InputMapping too, unless WriteSupport is true."
        ),
    ] = None
    LogMapping: Annotated[
        dict[str, StrictStr] | None,
        Field(
            description="Local file or directory to directory in the store (oss://.../). Uploaded after every attempt as file.JobId.TaskName.InstanceId, or as files below a directory of such a name; one that is missing is no error."
        ),
    ] = None
    WriteSupport: Annotated[
        StrictBool | None,
        Field(
            description="Whether programs may write below the directories of InputMapping and Mounts. What they write there stays on the VM, unless it is an output."
        ),
    ] = None
    ClusterId: Annotated[
        StrictStr | None,
        Field(
            description="Id of the cluster to run on. Empty or absent means an automatic cluster.",
            max_length=64,
            pattern="^([A-Za-z_-][A-Za-z0-9_-]*)?$",
        ),
    ] = None
    AutoCluster_1: Annotated[
        AutoCluster | None,
        Field(alias="AutoCluster", description="The automatic cluster to make for this task."),
    ] = None
    Mounts_1: Annotated[
        Mounts | None, Field(alias="Mounts", description="Directories to mount for this task.")
    ] = None
    CredentialConfig_1: Annotated[
        CredentialConfig | None,
        Field(alias="CredentialConfig", description="Roles under which the program may act."),
    ] = None
    TaskName: Annotated[
        StrictStr | None,
        Field(
            deprecated=True,
            description="Repeats the key of the task. One family of clients sends it; the service ignores it.",
        ),
    ] = None


class DAG(BaseModel):
    """
    A directed acyclic graph of tasks.
    """

    model_config = ConfigDict(
        extra="allow",
    )
    Tasks: Annotated[
        dict[str, TaskDescription],
        Field(
            description="Tasks by name, at least one. A task name has 1 to 32 letters, digits, - or _ and does not start with a digit; a server accepts up to 64 characters.",
            min_length=1,
        ),
    ]
    Dependencies: Annotated[
        dict[str, list[StrictStr]] | None,
        Field(
            description='Task name to the names of the tasks that may start once it has Finished, for example {"split":["count"],"count":["merge"]}. All names must be in Tasks (400 InvalidDependencies), and there must be no cycle (400 BadDAG). Tasks that wait for nothing start at once.'
        ),
    ] = None


class JobDescription(BaseModel):
    """
    A job made from a graph of tasks. The answer of get_job_description has one more member, Id, the id of the job.
    """

    model_config = ConfigDict(
        extra="allow",
    )
    Name: Annotated[
        StrictStr,
        Field(
            description="Name of the job: 1 to 64 letters, digits, - or _, not starting with a digit. Need not be unique.",
            max_length=64,
            min_length=1,
            pattern="^[A-Za-z_-][A-Za-z0-9_-]*$",
        ),
    ]
    Description: Annotated[
        StrictStr | None, Field(description="Free text, at most 1024 characters.", max_length=1024)
    ] = ""
    Type: Annotated[Literal["DAG"], Field(description="Kind of the job, always DAG here.")]
    Priority: Annotated[
        StrictInt | None,
        Field(
            description="Order among the caller's own jobs, 0 to 1000. Larger runs first.",
            ge=0,
            le=1000,
        ),
    ] = 0
    JobFailOnInstanceFail: Annotated[
        StrictBool | None,
        Field(
            description="Whether one failed instance fails the whole job at once. If false the other instances and tasks go on, the job ends as Finished, and FailedCount shows the damage."
        ),
    ] = True
    AutoRelease: Annotated[
        StrictBool | None,
        Field(
            description="Delete the job by itself as soon as it has Finished. A job that failed or was stopped stays."
        ),
    ] = False
    Notification_1: Annotated[
        Notification | None,
        Field(
            alias="Notification",
            description="Where to publish events of the job, its tasks and instances.",
        ),
    ] = None
    DAG_1: Annotated[DAG, Field(alias="DAG", description="The tasks and the order between them.")]


AnyJobDescription = RootModel[JobDescription | AppJobDescription]
