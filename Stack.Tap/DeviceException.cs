using System.Runtime.InteropServices;
using UserNet.Errors;

namespace UserNet.Tap;

/// <summary>Why a device can't be had, or is no more.</summary>
public enum DeviceError : byte
{
    /// <summary>A call of the system failed for another reason: see the errno.</summary>
    Failed,
    /// <summary>The text names no device.</summary>
    BadSpec,
    /// <summary>No interface can have the name.</summary>
    BadName,
    /// <summary>The process may not do it.</summary>
    NoPermission,
    /// <summary>The system has no such devices: /dev/net/tun or AF_PACKET is missing, or it is not Linux.</summary>
    NotSupported,
    /// <summary>There is no such interface.</summary>
    NoInterface,
    /// <summary>The interface exists, and was not to.</summary>
    Exists,
    /// <summary>The interface exists, but is of another kind.</summary>
    WrongKind,
    /// <summary>Somebody else has it open.</summary>
    Busy,
    /// <summary>libpcap is not installed.</summary>
    NoLibrary,
    /// <summary>The address asked for is the kernel's own.</summary>
    AddressTaken,
    /// <summary>The interface was there, and has been deleted or taken away.</summary>
    Gone,
}

/// <summary>A device can't be opened, or is lost: what was asked, what stood in the way and what would help.</summary>
public sealed class DeviceException : IOException
{
    /// <summary>A failure of a device.</summary>
    /// <param name="error">What stood in the way.</param>
    /// <param name="spec">Which device was asked for.</param>
    /// <param name="message">Both, and what would help.</param>
    /// <param name="errno">What the system answered; Success when it was not asked.</param>
    public DeviceException(DeviceError error, string spec, string message, Errno errno = Errno.Success)
        : base(message)
    {
        Error = error;
        Spec = spec;
        Errno = errno;
    }

    /// <summary>What stood in the way.</summary>
    public DeviceError Error { get; }

    /// <summary>Which device was asked for.</summary>
    public string Spec { get; }

    /// <summary>What the system answered; Success when it was not asked.</summary>
    public Errno Errno { get; }

    internal static DeviceException NoInterface(string spec, string name) => new(
        DeviceError.NoInterface, spec,
        $"{spec} can't be opened: there is no interface {name} in this network namespace. 'ip link' lists those there are.",
        Errno.ENODEV);

    internal static DeviceException Gone(string spec, int errno = 0) => new(
        DeviceError.Gone, spec, $"{spec} is lost: the interface was deleted, or moved to another network namespace.", (Errno)errno);

    /// <summary>A failed call: to do <paramref name="what"/>, and what it answered.</summary>
    internal static DeviceException From(string spec, string what, int errno, DeviceError error = DeviceError.Failed, string help = "")
    {
        if (error == DeviceError.Failed && (Errno)errno is Errno.EPERM or Errno.EACCES)
        {
            error = DeviceError.NoPermission;
            help = $"Run {Program} as root, or give it the capability: sudo setcap cap_net_raw,cap_net_admin=ep {Program}";
        }

        string message = $"{spec}: can't {what}: {Marshal.GetPInvokeErrorMessage(errno)} (errno {errno}).";
        return new DeviceException(error, spec, help.Length == 0 ? message : $"{message} {help}", (Errno)errno);
    }

    internal static string Program => Environment.ProcessPath ?? "the program";
}
