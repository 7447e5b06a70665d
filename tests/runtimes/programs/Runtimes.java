// SPDX-License-Identifier: MIT
// What the virtual machine itself does with SIGSEGV and SIGFPE, and ways to die. A verb is an argument; what it
// prints does not differ between runs.

public final class Runtimes {
    static final int TIMES = 10_000;

    static int[] sometimesNull(int i) {
        return i % 2 == 0 ? null : new int[] {i};
    }

    // Compiled code has no check for null: it reads through it and takes the signal.
    static int lengthOf(int[] array) {
        return array.length;
    }

    static int nullChecks() {
        int caught = 0;
        // The compilers leave the check to the signal only where null has not been met before.
        int[] array = {1};
        for (int i = 0; i < 200_000; i++)
            caught += lengthOf(array) - 1;
        for (int i = 0; i < TIMES; i++) {
            try {
                caught += lengthOf(null);
            } catch (NullPointerException expected) {
                caught++;
            }
        }
        return caught;
    }

    static int divide(int a, int b) {
        return a / b;
    }

    static int divisions() {
        int caught = 0;
        for (int i = 1; i < 200_000; i++)
            caught += divide(0, i);
        for (int i = 0; i < TIMES; i++) {
            try {
                caught += divide(i, 0);
            } catch (ArithmeticException expected) {
                caught++;
            }
        }
        return caught;
    }

    static int depth;

    static int deeper(int n) {
        depth++;
        return deeper(n + 1) + 1;
    }

    static int overflows() {
        int caught = 0;
        for (int i = 0; i < 50; i++) {
            try {
                caught += deeper(0);
            } catch (StackOverflowError expected) {
                caught++;
            }
        }
        return caught;
    }

    static volatile boolean stop;
    static volatile long sink;

    // Counted loops poll a page; collections protect it to stop the threads.
    static int safepoints() throws Exception {
        Thread[] spinners = new Thread[3];
        for (int t = 0; t < spinners.length; t++) {
            spinners[t] = new Thread(() -> {
                long sum = 0;
                while (!stop)
                    for (int i = 0; i < 1_000_000; i++)
                        sum += i ^ sum;
                sink = sum;
            });
            spinners[t].start();
        }
        for (int i = 0; i < 20; i++) {
            Object[] garbage = new Object[1000];
            for (int k = 0; k < garbage.length; k++)
                garbage[k] = new byte[1024];
            System.gc();
        }
        stop = true;
        for (Thread t : spinners)
            t.join();
        return spinners.length;
    }

    static int threads() throws Exception {
        int[] total = {0};
        Thread[] all = new Thread[200];
        for (int t = 0; t < all.length; t++) {
            all[t] = new Thread(() -> {
                int n = 0;
                for (int i = 0; i < 50; i++) {
                    try {
                        n += sometimesNull(i).length;
                    } catch (NullPointerException expected) {
                        n++;
                    }
                }
                synchronized (total) {
                    total[0] += n;
                }
            });
            all[t].start();
        }
        for (Thread t : all)
            t.join();
        return total[0];
    }

    static native void writeThroughNull();

    static native void callAbort();

    static native void overflowNatively();

    static native void faultInThread();

    static void loadNative() {
        System.load(System.getProperty("native"));
    }

    static void inThread(Runnable work) throws Exception {
        Thread t = new Thread(work, "a-java-thread");
        t.start();
        t.join();
    }

    public static void main(String[] args) throws Exception {
        switch (args[0]) {
        case "work":
            System.out.println("null checks " + nullChecks());
            System.out.println("divisions " + divisions());
            System.out.println("overflows " + overflows());
            System.out.println("safepoints " + safepoints());
            System.out.println("threads " + threads());
            break;
        case "native-null":
            loadNative();
            writeThroughNull();
            break;
        case "native-null-in-thread":
            loadNative();
            inThread(() -> writeThroughNull());
            break;
        case "native-abort":
            loadNative();
            callAbort();
            break;
        case "native-overflow":
            loadNative();
            overflowNatively();
            break;
        case "native-thread":
            loadNative();
            faultInThread();
            break;
        case "exit":
            System.exit(Integer.parseInt(args[1]));
            break;
        case "exit-in-thread":
            inThread(() -> System.exit(Integer.parseInt(args[1])));
            break;
        case "halt":
            Runtime.getRuntime().halt(Integer.parseInt(args[1]));
            break;
        case "uncaught":
            throw new IllegalStateException("uncaught");
        case "wait":
            System.out.println("ready");
            System.out.flush();
            Thread.sleep(20_000);
            break;
        default:
            throw new IllegalArgumentException(args[0]);
        }
        System.out.println("done");
    }
}
