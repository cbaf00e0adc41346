import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.framework.recipes.leader.LeaderLatch;
import org.apache.curator.framework.recipes.locks.InterProcessLock;
import org.apache.curator.framework.recipes.locks.InterProcessMutex;
import org.apache.curator.framework.recipes.locks.InterProcessReadWriteLock;
import org.apache.curator.retry.RetryOneTime;

/**
 * Contends by Curator's recipes, as it is told on its input: `take ID KIND PATH`, `give ID`. Says `ID holds` once it does, and
 * `ID gone` once it has given back. Curator's locks belong to threads, so each contender has one.
 */
public final class Contender {
  private interface Held {
    void giveBack() throws Exception;
  }

  private static final Map<String, CountDownLatch> giving = new ConcurrentHashMap<>();

  public static void main(String[] arguments) throws Exception {
    CuratorFramework client = CuratorFrameworkFactory.newClient(arguments[0], 5_000, 5_000, new RetryOneTime(100));
    client.start();
    client.blockUntilConnected();
    BufferedReader input = new BufferedReader(new InputStreamReader(System.in));
    for (String line = input.readLine(); line != null; line = input.readLine()) {
      String[] words = line.split(" ");
      if (words[0].equals("take")) start(client, words[1], words[2], words[3]);
      else giving.get(words[1]).countDown();
    }
    System.exit(0);
  }

  private static void start(CuratorFramework client, String id, String kind, String path) {
    CountDownLatch give = new CountDownLatch(1);
    giving.put(id, give);
    Thread thread = new Thread(() -> {
      try {
        Held held = take(client, id, kind, path);
        System.out.println(id + " holds");
        give.await();
        held.giveBack();
        System.out.println(id + " gone");
      } catch (Exception failure) {
        failure.printStackTrace();
        System.exit(1);
      }
    });
    thread.start();
  }

  private static Held take(CuratorFramework client, String id, String kind, String path) throws Exception {
    switch (kind) {
      case "mutex":
        return acquired(new InterProcessMutex(client, path));
      case "read":
        return acquired(new InterProcessReadWriteLock(client, path).readLock());
      case "write":
        return acquired(new InterProcessReadWriteLock(client, path).writeLock());
      case "latch":
        LeaderLatch latch = new LeaderLatch(client, path, id);
        latch.start();
        latch.await();
        return latch::close;
      default:
        throw new IllegalArgumentException(kind);
    }
  }

  private static Held acquired(InterProcessLock lock) throws Exception {
    lock.acquire();
    return lock::release;
  }
}
