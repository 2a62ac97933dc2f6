"""Classes of clusters, under the path that old programs import them from."""

from batchcompute_api.models import NAS as NAS
from batchcompute_api.models import OSS as OSS
from batchcompute_api.models import VPC as VPC
from batchcompute_api.models import Classic as Classic
from batchcompute_api.models import ClusterDescription as ClusterDescription
from batchcompute_api.models import Configs as Configs
from batchcompute_api.models import DataDisk as DataDisk
from batchcompute_api.models import Disks as Disks
from batchcompute_api.models import GroupDescription as GroupDescription
from batchcompute_api.models import ModifyClusterDescription as ModifyClusterDescription
from batchcompute_api.models import ModifyConfigs as ModifyConfigs
from batchcompute_api.models import ModifyGroupDescription as ModifyGroupDescription
from batchcompute_api.models import MountEntry as MountEntry
from batchcompute_api.models import Mounts as Mounts
from batchcompute_api.models import Networks as Networks
from batchcompute_api.models import Notification as Notification
from batchcompute_api.models import SystemDisk as SystemDisk
from batchcompute_api.models import Topic as Topic
