import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.util.ArrayList;
import java.util.List;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.retry.RetryOneTime;
import org.apache.curator.x.discovery.ServiceDiscovery;
import org.apache.curator.x.discovery.ServiceDiscoveryBuilder;
import org.apache.curator.x.discovery.ServiceInstance;
import org.apache.curator.x.discovery.ServiceProvider;

/**
 * Registers and looks by Curator's discovery below `/services`, as it is told on its input: `register NAME ID ADDRESS PORT`, `unregister`,
 * `list NAME`, `pick NAME`. Says `registered`, `unregistered`, `listed` and `picked` with what it sees.
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
    for (String line = input.readLine(); line != null; line = input.readLine()) {
      String[] words = line.split(" ");
      switch (words[0]) {
        case "register":
          registered = ServiceInstance.builder().name(words[1]).id(words[2]).address(words[3]).port(Integer.parseInt(words[4])).build();
          discovery.registerService(registered);
          System.out.println("registered");
          break;
        case "unregister":
          discovery.unregisterService(registered);
          System.out.println("unregistered");
          break;
        case "list":
          List<String> seen = new ArrayList<>();
          for (ServiceInstance<Object> each : discovery.queryForInstances(words[1]))
            seen.add(each.getId() + "=" + each.buildUriSpec() + "," + each.isEnabled() + "," + each.getPayload());
          System.out.println("listed " + seen);
          break;
        default:
          ServiceProvider<Object> provider = discovery.serviceProviderBuilder().serviceName(words[1]).build();
          provider.start();
          ServiceInstance<Object> picked = provider.getInstance();
          System.out.println("picked " + (picked == null ? "nobody" : picked.getId()));
          provider.close();
      }
    }
    System.exit(0);
  }
}
