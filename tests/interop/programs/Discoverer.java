import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.retry.RetryOneTime;
import org.apache.curator.x.discovery.ServiceDiscovery;
import org.apache.curator.x.discovery.ServiceDiscoveryBuilder;
import org.apache.curator.x.discovery.ServiceInstance;
import org.apache.curator.x.discovery.ServiceProvider;
import org.apache.curator.x.discovery.UriSpec;
import org.apache.curator.x.discovery.details.JsonInstanceSerializer;

/**
 * Registers and looks by Curator's discovery below `/services`, as it is told on its input: `register NAME ID ADDRESS PORT [FIELD=VALUE …]` with a map of these as
 * payload, `unregister`, `list NAME`, `pick NAME`, `rewrite NAME ID`. Says `registered`, `unregistered`, `listed`, `picked` with what it sees,
 * and `rewritten` with what its serializer makes of what it has read there.
 */
public final class Discoverer {
  public static void main(String[] arguments) throws Exception {
    CuratorFramework client = CuratorFrameworkFactory.newClient(arguments[0], 5_000, 5_000, new RetryOneTime(100));
    client.start();
    client.blockUntilConnected();
    ServiceDiscovery<Object> discovery =
        ServiceDiscoveryBuilder.builder(Object.class).client(client).basePath("/services").build();
    discovery.start();
    ServiceInstance<Object> registered = null;
    BufferedReader input = new BufferedReader(new InputStreamReader(System.in));
    PrintStream output = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    for (String line = input.readLine(); line != null; line = input.readLine()) {
      String[] words = line.split(" ");
      switch (words[0]) {
        case "register":
          Map<String, String> fields = new LinkedHashMap<>();
          for (int each = 5; each < words.length; each++) fields.put(words[each].split("=")[0], words[each].split("=")[1]);
          registered =
              ServiceInstance.builder()
                  .name(words[1])
                  .id(words[2])
                  .address(words[3])
                  .port(Integer.parseInt(words[4]))
                  .payload(fields.isEmpty() ? null : fields)
                  .uriSpec(new UriSpec("{scheme}://{address}:{port}"))
                  .build();
          discovery.registerService(registered);
          output.println("registered");
          break;
        case "unregister":
          discovery.unregisterService(registered);
          output.println("unregistered");
          break;
        case "list":
          List<String> seen = new ArrayList<>();
          for (ServiceInstance<Object> each : discovery.queryForInstances(words[1]))
            seen.add(each.getId() + "=" + each.buildUriSpec() + "," + each.isEnabled() + "," + each.getPayload());
          output.println("listed " + seen);
          break;
        case "rewrite":
          byte[] written = client.getData().forPath("/services/" + words[1] + "/" + words[2]);
          ServiceInstance<Object> read = new JsonInstanceSerializer<>(Object.class).deserialize(written);
          byte[] again = new JsonInstanceSerializer<>(Object.class, read.isEnabled()).serialize(read);
          output.println("rewritten " + new String(again, StandardCharsets.UTF_8));
          break;
        default:
          ServiceProvider<Object> provider = discovery.serviceProviderBuilder().serviceName(words[1]).build();
          provider.start();
          ServiceInstance<Object> picked = provider.getInstance();
          output.println("picked " + (picked == null ? "nobody" : picked.getId()));
          provider.close();
      }
    }
    System.exit(0);
  }
}
