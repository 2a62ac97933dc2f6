"""Classes of clusters, under the path that old programs import them from."""

from batchcompute._generated.api.models import NAS as NAS
from batchcompute._generated.api.models import OSS as OSS
from batchcompute._generated.api.models import VPC as VPC
from batchcompute._generated.api.models import Classic as Classic
from batchcompute._generated.api.models import ClusterDescription as ClusterDescription
from batchcompute._generated.api.models import Configs as Configs
from batchcompute._generated.api.models import DataDisk as DataDisk
from batchcompute._generated.api.models import Disks as Disks
from batchcompute._generated.api.models import GroupDescription as GroupDescription
from batchcompute._generated.api.models import ModifyClusterDescription as ModifyClusterDescription
from batchcompute._generated.api.models import ModifyConfigs as ModifyConfigs
from batchcompute._generated.api.models import ModifyGroupDescription as ModifyGroupDescription
from batchcompute._generated.api.models import MountEntry as MountEntry
from batchcompute._generated.api.models import Mounts as Mounts
from batchcompute._generated.api.models import Networks as Networks
from batchcompute._generated.api.models import Notification as Notification
from batchcompute._generated.api.models import SystemDisk as SystemDisk
from batchcompute._generated.api.models import Topic as Topic
