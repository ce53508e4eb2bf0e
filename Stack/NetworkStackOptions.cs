using System.IO.Pipelines;
using System.Security.Cryptography;
using UserNet.Binding;
using UserNet.Doors;
using UserNet.Tcp;

namespace UserNet;

/// <summary>The doors of a stack to the world, and whose manners it has.</summary>
public sealed record NetworkStackOptions
{
    /// <summary>Where chance comes from; <c>new Random(7).NextBytes</c> makes a run repeat itself.</summary>
    public FillRandom Randomness { get; init; } = RandomNumberGenerator.Fill;

    /// <summary>Where time comes from: the clock and the timer.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Where users' continuations run.</summary>
    public PipeScheduler Scheduler { get; init; } = PipeScheduler.ThreadPool;

    /// <summary>Which system's rules and defaults hold.</summary>
    public Personality Personality { get; init; } = Personality.Linux;

    /// <summary>How TCP behaves: which system's defaults, layouts and timeouts.</summary>
    public TcpProfile Tcp { get; init; } = TcpProfile.Linux;

    /// <summary>Changes port ranges, privileges and the choice of ports from what the personality has; called once, as the stack is made.</summary>
    public Action<BindSettings>? Settings { get; init; }

    /// <summary>The host's addresses and routes; null for a host with a loopback interface and nothing else.</summary>
    /// <remarks>Its host model is its own; only the host that null stands for takes it from the personality.</remarks>
    public IRoutes? Routes { get; init; }

    /// <summary>Who makes the calls that name no caller; root, with every right, unless another is given.</summary>
    public Caller Caller { get; init; } = Caller.Root;
}
