import java.net.URI;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.Base64;
import java.util.Comparator;
import java.util.Locale;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** The signature of the API, as a request interceptor of the generated client. */
record Signature(String keyId, String secret) implements Consumer<HttpRequest.Builder> {

  @Override
  public void accept(HttpRequest.Builder builder) {
    URI uri = builder.build().uri();
    String target = uri.toString().substring(uri.resolve("/").toString().length() - 1);
    String resource = resource(target);
    ZonedDateTime now = ZonedDateTime.now(ZoneOffset.UTC);
    builder
        .uri(uri.resolve(resource))
        .setHeader("Accept", "application/json")
        .setHeader("Date", DateTimeFormatter.RFC_1123_DATE_TIME.format(now))
        .setHeader("x-acs-version", "2015-11-11")
        .setHeader("x-acs-signature-method", "HMAC-SHA1")
        .setHeader("x-acs-signature-version", "1.0")
        .setHeader("x-acs-signature-nonce", UUID.randomUUID().toString());
    HttpRequest request = builder.build();
    String text = stringToSign(request.method(), resource, request.headers());
    builder.setHeader("Authorization", authorization(text));
  }

  /** The path and the sorted query; a parameter without a value has no "=". */
  static String resource(String target) {
    // A path of the contract may hold a constant query; the client writes a second "?" then.
    String[] parts = target.split("\\?", 2);
    if (parts.length == 1) {
      return target;
    }
    return Arrays.stream(parts[1].split("[?&]"))
        .filter(parameter -> !parameter.isEmpty())
        .map(parameter -> parameter.replaceFirst("=$", ""))
        .sorted(Comparator.comparing((String parameter) -> parameter.split("=", 2)[0]))
        .collect(Collectors.joining("&", parts[0] + "?", ""));
  }

  /** The text that is signed: five lines, the x-acs-* headers, and the resource. */
  static String stringToSign(String method, String resource, HttpHeaders headers) {
    Stream<String> fixed =
        Stream.of("Accept", "Content-MD5", "Content-Type", "Date")
            .map(name -> headers.firstValue(name).orElse(""));
    Stream<String> own =
        headers.map().entrySet().stream()
            .map(e -> e.getKey().toLowerCase(Locale.ROOT) + ":" + e.getValue().get(0))
            .filter(line -> line.startsWith("x-acs-"))
            .sorted(Comparator.comparing((String line) -> line.split(":", 2)[0]));
    return Stream.of(Stream.of(method), fixed, own, Stream.of(resource))
        .flatMap(lines -> lines)
        .collect(Collectors.joining("\n"));
  }

  String authorization(String text) {
    try {
      Mac mac = Mac.getInstance("HmacSHA1");
      mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), "HmacSHA1"));
      byte[] digest = mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
      return "acs " + keyId + ":" + Base64.getEncoder().encodeToString(digest);
    } catch (GeneralSecurityException error) {
      throw new IllegalStateException("this Java has no HMAC-SHA1", error);
    }
  }
}
