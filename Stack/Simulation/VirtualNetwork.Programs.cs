using System.Net.Sockets;

namespace UserNet.Simulation;

// User code that runs in the network, and who waits for what.
public sealed partial class VirtualNetwork
{
    private readonly LinkedList<Program> _programs = new();      // that have not ended, oldest first

    /// <summary>Starts a program: it runs on the network's thread, in its turn, and comes back there from each await.</summary>
    /// <param name="program">What it does.</param>
    /// <param name="name">What it is called in reports.</param>
    /// <returns>Its end. What it throws comes out of the run, too.</returns>
    public Task Start(Func<Task> program, string name = "a program")
    {
        ArgumentNullException.ThrowIfNull(program);
        return Start(Scheduler, program, name);
    }

    /// <summary>Starts a program and lets time pass until it has ended.</summary>
    /// <param name="program">What it does.</param>
    /// <exception cref="StalledException">Nothing is left to happen, and it waits; or it waits for longer than <see cref="WaitLimit"/>.</exception>
    /// <remarks>What it throws comes out here.</remarks>
    public void Run(Func<Task> program)
    {
        ArgumentNullException.ThrowIfNull(program);
        Task task = Start(program, "the program");
        RunUntilOver(() => task.IsCompleted, "the program");
        task.GetAwaiter().GetResult();
    }

    /// <summary>Starts a program, lets time pass until it has ended, and answers what it did.</summary>
    /// <inheritdoc cref="Run(Func{Task})"/>
    public T Run<T>(Func<Task<T>> program)
    {
        ArgumentNullException.ThrowIfNull(program);
        T answer = default!;
        Func<Task> whole = async () => answer = await program();
        Run(whole);
        return answer;
    }

    internal Task Start(VirtualScheduler scheduler, Func<Task> program, string name)
    {
        CheckCall();
        var started = new Program(this, scheduler, name, program);
        started.Node = _programs.AddLast(started);
        scheduler.Context.Post(static state => ((Program)state!).Begin(), started);
        return started.Ended.Task;
    }

    /// <summary>Forgets the programs of a host that crashed.</summary>
    internal void ForgetPrograms(VirtualScheduler scheduler)
    {
        LinkedListNode<Program>? next;
        for (LinkedListNode<Program>? node = _programs.First; node is not null; node = next)
        {
            next = node.Next;
            if (node.Value.Scheduler == scheduler) _programs.Remove(node);
        }
    }

    /// <summary>Who waits for what, a line each: programs that have not ended, then the calls that wait, host by host.</summary>
    public IReadOnlyList<string> DescribeWaits()
    {
        List<string> lines = [.. _programs.Select(static program => $"{program.Name}: has not ended")];
        foreach (VirtualHost host in _hosts)
        {
            if (!host.IsUp) continue;
            foreach (string line in host.Stack.DescribeWaits())
                lines.Add($"{host.Name}: {line}{(host.IsPaused ? ", and the host is paused" : "")}");
        }

        return lines;
    }

    private sealed class Program(VirtualNetwork network, VirtualScheduler scheduler, string name, Func<Task> body)
    {
        public VirtualScheduler Scheduler => scheduler;

        public string Name => name;

        public LinkedListNode<Program>? Node { get; set; }

        public TaskCompletionSource Ended { get; } = new();

        public void Begin() => _ = RunAsync();

        private async Task RunAsync()
        {
            try
            {
                await body();
                Ended.SetResult();
            }
            catch (Exception exception) when (scheduler.IsDead && exception is (SocketException or IOException or ObjectDisposedException))
            {
                // The host crashed under a call that blocked: so the program ends where it stands.
            }
#pragma warning disable CA1031 // it comes out of the run, and to whoever awaits the program's end
            catch (Exception exception) when (!IsOfCrash(exception))
#pragma warning restore CA1031
            {
                network.NoteFault(exception);
                Ended.SetException(exception);
            }
            catch (Exception exception) when (IsOfCrash(exception))
            {
                // It blocked when its host crashed, and ends there.
            }
            finally
            {
                if (Node?.List is { } programs) programs.Remove(Node);
            }
        }

        private bool IsOfCrash(Exception exception) =>
            scheduler.IsDead && exception is (SocketException or IOException or ObjectDisposedException);
    }
}
