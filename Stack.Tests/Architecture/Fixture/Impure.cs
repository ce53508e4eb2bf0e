#pragma warning disable // Code that breaks the rules, so that the checks can be seen to fail.
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace UserNet.Tests.Architecture.Fixture.Tcp
{
    public class Impure
    {
        public DateTime Now() => DateTime.Now;
        public DateTime UtcNow() => DateTime.UtcNow;
        public DateTimeOffset OffsetNow() => DateTimeOffset.Now;
        public DateTimeOffset OffsetUtcNow() => DateTimeOffset.UtcNow;
        public long Watch() => Stopwatch.GetTimestamp();
        public int Ticks() => Environment.TickCount;
        public long Ticks64() => Environment.TickCount64;
        public int Dice() => Random.Shared.Next();
        public Guid Fresh() => Guid.NewGuid();
        public void StartThread() => new Thread(() => { }).Start();
        public void Queue() => ThreadPool.QueueUserWorkItem(_ => { });
        public Task RunTask() => Task.Run(() => { });
        public Task DelayTask() => Task.Delay(1);
        public object Tick() => new Timer(_ => { });
        public object Period() => new PeriodicTimer(TimeSpan.FromSeconds(1));
        public void Sleep() => Thread.Sleep(1);
        public int TextHash(string text) => text.GetHashCode();
        public int Combined(int a, int b) => HashCode.Combine(a, b);
        public void Secure(byte[] octets) => RandomNumberGenerator.Fill(octets);
        public TimeProvider SystemClock() => TimeProvider.System;
    }

    public record Pure(string Text, int Number)
    {
        private static readonly Func<int, int> Twice = n => 2 * n;
        private const int Three = 3;

        public int Hash<T>(T value) where T : notnull => value.GetHashCode() + Twice(Three);
        public DateTime Later(DateTime time) => time.AddDays(1);
        public long Ask(TimeProvider clock) => clock.GetTimestamp();
        public Task Done() => Task.CompletedTask;
        public int Sum() => Enumerable.Range(0, 10).Select(i => i + 1).Where(int.IsEvenInteger).Sum();
    }

    public class Shared
    {
        public static int Counter;
        public static int Property { get; set; }
        public static readonly int Fixed = int.Parse("3");
        public const int Constant = 3;
        public int OfItsOwn;
    }

    public unsafe class Raw
    {
        public int* Address;

        [DllImport("libc", EntryPoint = "getpid")]
        public static extern int Identify();

        public void Take(void* pointer) { }

        public int Local(int value)
        {
            int* pointer = &value;
            return *pointer + pointer[0];
        }

        public int Pin(int[] numbers)
        {
            fixed (int* first = numbers) return *first;
        }

        public int Call(nint code) => ((delegate*<int>)code)();

        public int Safe(int length)
        {
            Span<int> numbers = stackalloc int[length];
            return numbers.Length;
        }
    }
}

namespace UserNet.Tests.Architecture.Fixture.Doors
{
    public class Defaults
    {
        public void Secure(byte[] octets) => RandomNumberGenerator.Fill(octets);
        public TimeProvider SystemClock() => TimeProvider.System;
    }
}
