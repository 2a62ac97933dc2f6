import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.io.IOException;
import java.net.http.HttpHeaders;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Checks the signature against the vectors of the contract; the file is the argument. */
class SignatureVectors {
  private static int failures;

  public static void main(String[] arguments) throws IOException {
    JsonNode file = new ObjectMapper().readTree(new File(arguments[0]));
    Signature signature =
        new Signature(file.get("access_key_id").asText(), file.get("access_key_secret").asText());
    for (JsonNode vector : file.get("vectors")) {
      String name = vector.get("name").asText();
      Map<String, List<String>> fields = new TreeMap<>();
      JsonNode headers = vector.get("headers");
      headers.fieldNames().forEachRemaining(
          field -> fields.put(field, List.of(headers.get(field).asText())));
      String resource = vector.get("signed_resource").asText();
      String text =
          Signature.stringToSign(
              vector.get("method").asText(), resource, HttpHeaders.of(fields, (n, v) -> true));
      same(name + " text", vector.get("string_to_sign").asText(), text);
      same(name, vector.get("authorization").asText(), signature.authorization(text));
      // One vector is about clients that sign the decoded query; this one signs what it sends.
      if (!name.equals("V10-query-raw")) {
        same(name + " resource", resource, Signature.resource(vector.get("request_target").asText()));
      }
    }
    same("two queries", "/apps/bwa?Detail=True&Qualifier=3",
        Signature.resource("/apps/bwa?Detail=True?Qualifier=3"));
    System.out.println(file.get("vectors").size() + " vectors, " + failures + " failures");
    System.exit(failures == 0 ? 0 : 1);
  }

  private static void same(String name, String wanted, String found) {
    if (!wanted.equals(found)) {
      failures++;
      System.err.println(name + ": expected " + wanted + ", got " + found);
    }
  }
}
