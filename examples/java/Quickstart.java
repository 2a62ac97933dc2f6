import java.net.http.HttpClient;
import java.util.Map;
import java.util.UUID;
import org.openapitools.client.ApiClient;
import org.openapitools.client.ApiException;
import org.openapitools.client.api.ClustersApi;
import org.openapitools.client.api.InstancesApi;
import org.openapitools.client.api.JobsApi;
import org.openapitools.client.model.*;

/**
 * The documented example: a cluster, a job of three instances, and the wait for its end.
 *
 * <p>BATCHCOMPUTE_ENDPOINT says where to send it, ALIBABA_CLOUD_ACCESS_KEY_ID and
 * ALIBABA_CLOUD_ACCESS_KEY_SECRET as whom.
 */
class Quickstart {
  public static void main(String[] arguments) throws ApiException, InterruptedException {
    ApiClient client = new ApiClient();
    // Java asks a plain HTTP server for HTTP/2 in each request, which is noise in its log.
    client.setHttpClientBuilder(
        HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1));
    client.updateBaseUri(variable("BATCHCOMPUTE_ENDPOINT"));
    client.setRequestInterceptor(
        new Signature(
            variable("ALIBABA_CLOUD_ACCESS_KEY_ID"), variable("ALIBABA_CLOUD_ACCESS_KEY_SECRET")));
    ClustersApi clusters = new ClustersApi(client);
    JobsApi jobs = new JobsApi(client);
    InstancesApi instances = new InstancesApi(client);

    GroupDescription group = new GroupDescription().desiredVMCount(1).instanceType("bcs.a2.large");
    String clusterId =
        clusters
            .createCluster(
                new ClusterDescription()
                    .name("JavaCluster")
                    .imageId("img-ubuntu")
                    .groups(Map.of("group1", group)),
                null)
            .getId();
    System.out.println("cluster " + clusterId);

    Parameters parameters =
        new Parameters()
            .command(new Command().commandLine("echo Batchcompute service"))
            .stdoutRedirectPath("oss://my-bucket/logs/")
            .stderrRedirectPath("oss://my-bucket/logs/");
    TaskDescription echo =
        new TaskDescription().clusterId(clusterId).instanceCount(3).parameters(parameters);
    JobDescription description =
        new JobDescription()
            .name("JavaDemo")
            .type(DagJobType.DAG)
            .priority(99)
            .dag(new DAG().tasks(Map.of("Echo", echo)));
    String token = UUID.randomUUID().toString().replace("-", "_");
    String jobId = jobs.createJob(new AnyJobDescription(description), token).getId();
    System.out.println("job     " + jobId);

    Job job = jobs.getJob(jobId);
    while (job.getState().equals("Waiting") || job.getState().equals("Running")) {
      Thread.sleep(200);
      job = jobs.getJob(jobId);
    }
    System.out.println("state   " + job.getState());

    AnyJobDescription sent = jobs.getJobDescription(jobId);
    System.out.println("tasks   " + sent.getJobDescription().getDAG().getTasks().keySet());

    Object marker = "";
    do {
      InstanceList page =
          instances.listInstances(jobId, "Echo", marker.toString(), 2, null);
      for (Instance instance : page.getItems()) {
        System.out.printf(
            "instance %d: %s, exit code %d, %s%n",
            instance.getInstanceId(),
            instance.getState(),
            instance.getResult().getExitCode(),
            instance.getStdoutRedirectPath());
      }
      marker = page.getNextMarker();
    } while (!marker.equals("") && !marker.equals(0));

    jobs.deleteJob(jobId);
    try {
      jobs.getJob(jobId);
    } catch (ApiException error) {
      System.out.println("then    " + error.getCode());
    }
    clusters.deleteCluster(clusterId);
  }

  private static String variable(String name) {
    String value = System.getenv(name);
    if (value == null || value.isEmpty()) {
      throw new IllegalStateException(name + " is not set");
    }
    return value;
  }
}
